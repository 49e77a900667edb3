// The parts of docs/ that the code knows better are as the code has them, and the parts that are written by hand say something.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusals } from '../src/base/refusal.ts'
import { createProgram } from '../src/cli/program.ts'
import { commandLinePage } from '../tools/docs/command-line.ts'
import { faultPages, pageCodes } from '../tools/docs/fault-pages.ts'
import { stalePages } from '../tools/docs/generated-page.ts'
import { referencePage } from '../tools/docs/reference.ts'

const ROOT = join(import.meta.dirname, '..')
const WRITE = 'run `node tools/docs/generate.ts --write`, and read what it changed'

test('the generated parts of the documents are fresh', () => {
  assert.deepEqual(stalePages(ROOT, [...faultPages(ROOT), referencePage(), commandLinePage(ROOT)]), [], WRITE)
})

test('each code that a client can be told has a page of substance, and no page is without a code', () => {
  const pages = globSync('*.md', { cwd: join(ROOT, 'docs/faults') }).filter((name) => name !== 'README.md')
  assert.deepEqual(pages.map((name) => name.replace('.md', '')).toSorted(), pageCodes().toSorted())
  for (const name of pages) {
    const page = readFileSync(join(ROOT, 'docs/faults', name), 'utf8')
    for (const heading of ['What happened', 'What to do']) {
      const text = new RegExp(`^## ${heading}\n\n([^]*?)\n\n(?:##|<!--) `, 'm').exec(page)?.[1] ?? ''
      assert.ok(text.length >= 60, `docs/faults/${name} says too little under “${heading}”`)
    }
  }
})

test('docs/README.md has a line for each page', () => {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8')
  const pages = globSync('**/*.md', { cwd: join(ROOT, 'docs') }).filter(
    (page) => page !== 'README.md' && !/^(?:faults|decisions)\/./.test(page),
  )
  const missing = pages.filter((page) => !index.includes(`](${page})`))
  assert.deepEqual(missing, [])
})

test('the refusals of the gateway’s own policies are those of the table', () => {
  const found = new Set<string>()
  for (const file of globSync('src/policies/**/*.ts', { cwd: ROOT })) {
    if (file.endsWith('.test.ts')) continue
    const code = readFileSync(join(ROOT, file), 'utf8')
    for (const [, refusal = ''] of code.matchAll(/\brefuse\(\s*'([^']+)'/g)) {
      found.add(refusal)
      assert.equal(refusals.get(refusal)?.policy, file.split('/')[2], `\`${refusal}\` of ${file} belongs into src/base/refusal.ts`)
    }
  }
  assert.deepEqual([...refusals.keys()].toSorted(), [...found].toSorted())
})

test('the page on the command line has each command once, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8')
  const headings = [...page.matchAll(/^## `(.+)`$/gm)].map(([, name]) => name)
  const commands = createProgram().commands.map((command) => command.name())
  assert.deepEqual(headings, commands)
  for (const { long } of createProgram().options) assert.ok(page.includes(`${long}\``), `${long} is told nowhere`)
})
