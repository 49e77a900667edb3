// Ties docs/reliability.md to the tests: a test that covers a row carries its number in its name (`R34 an invalid configuration …`).
// `node tools/check/rows.ts` lists the rows that no test names; `--write` fills the document's last column with the files of the tests.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSources, type SourceFile } from './source-file.ts'

const DOCUMENT = 'docs/reliability.md'
const ROW = /^\| (?<id>[RA]\d{1,3}) \| (?<behaviour>.*?) \| (?<tests>[^|]*) \|$/
const TESTERS = new Set(['test', 'it', 'describe', 'suite'])

interface Row {
  readonly line: number
  readonly id: string
  readonly behaviour: string
  readonly tests: string
}

/** Row → files of the tests that name it, sorted. */
export function testsOfRows(root: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of readSources(root, ['{src,test,tools}/**/*.test.ts', 'test/{soak,real,fuzz}/**/*.ts'])) {
    for (const id of new Set(testNames(file).flatMap((name) => name.match(/\b[RA]\d{1,3}\b/g) ?? []))) {
      found.set(id, [...(found.get(id) ?? []), file.path])
    }
  }
  return found
}

/** The names that a file gives to its tests and suites; of a composed name, the text that is fixed. */
function testNames(file: SourceFile): string[] {
  const names: string[] = []
  file.visit({
    CallExpression: ({ callee, arguments: [name] }) => {
      const called = callee.type === 'MemberExpression' ? callee.property : callee
      if (called.type !== 'Identifier' || !TESTERS.has(called.name)) return
      if (name?.type === 'Literal' && typeof name.value === 'string') names.push(name.value)
      if (name?.type === 'TemplateLiteral') names.push(name.quasis.map((part) => part.value.cooked ?? '').join(''))
    },
  })
  return names
}

function rowsOf(document: string): Row[] {
  return document.split('\n').flatMap((text, index) => {
    const groups = ROW.exec(text)?.groups
    return groups === undefined
      ? []
      : [{ line: index, id: groups['id'] ?? '', behaviour: groups['behaviour'] ?? '', tests: groups['tests'] ?? '' }]
  })
}

const cell = (files: readonly string[] | undefined): string => files?.map((file) => `\`${file}\``).join(' ') ?? '–'

/** Rows that no test names yet. */
export function openRows(root: string): string[] {
  const tests = testsOfRows(root)
  return rowsOf(readFileSync(join(root, DOCUMENT), 'utf8')).flatMap(({ id, behaviour }) =>
    tests.has(id) ? [] : [`${id} has no test: ${behaviour}`],
  )
}

/** Rows whose column of files is not what the tests say; `–` says that there is none yet. */
export function staleRows(root: string): string[] {
  const tests = testsOfRows(root)
  return rowsOf(readFileSync(join(root, DOCUMENT), 'utf8')).flatMap(({ id, tests: told }) =>
    told === cell(tests.get(id)) ? [] : [`${id} is out of date in ${DOCUMENT}; run: node tools/check/rows.ts --write`],
  )
}

function write(root: string): void {
  const path = join(root, DOCUMENT)
  const document = readFileSync(path, 'utf8')
  const tests = testsOfRows(root)
  const lines = document.split('\n')
  for (const { line, id, behaviour } of rowsOf(document)) lines[line] = `| ${id} | ${behaviour} | ${cell(tests.get(id))} |`
  writeFileSync(path, lines.join('\n'))
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..')
  if (process.argv.includes('--write')) write(root)
  const wrong = [...openRows(root), ...staleRows(root)]
  for (const line of wrong) console.log(line)
  if (wrong.length > 0) process.exitCode = 1
}
