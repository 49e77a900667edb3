// Rules about tests: none is skipped, singled out or left for later to make a run pass. `skip` with a reason made at run time stays.
import type { Finding } from './finding.ts'
import { readSources, type SourceFile } from './source-file.ts'

const TESTERS = new Set(['test', 'it', 'describe', 'suite', 't', 'context'])
const ESCAPES = new Set(['only', 'skip', 'todo'])

/** Checks every test file. */
export const checkTests = (root: string): Finding[] => readSources(root, ['{src,test,tools,bench}/**/*.test.ts']).flatMap(ofFile)

function ofFile(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  const add = (start: number, what: string): void => {
    findings.push({ file: file.path, line: file.lineAt(start), message: `${what}: a test runs or says at run time why it cannot` })
  }
  file.visit({
    CallExpression: ({ callee, arguments: given }) => {
      if (callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.property.type === 'Identifier') {
        const { name, start } = callee.property
        // `t.skip('no such system')` inside a test is decided at run time; with a function it takes a test away.
        const decided = name === 'skip' && given.length === 1 && given[0]?.type !== 'ArrowFunctionExpression'
        if (TESTERS.has(callee.object.name) && ESCAPES.has(name) && !decided) add(start, `${callee.object.name}.${name}`)
      }
      const [, options] = given
      if (callee.type !== 'Identifier' || !TESTERS.has(callee.name) || options?.type !== 'ObjectExpression') return
      for (const property of options.properties) {
        if (property.type !== 'Property' || property.key.type !== 'Identifier' || !ESCAPES.has(property.key.name)) continue
        if (property.value.type === 'Literal' && property.value.value !== false) add(property.start, `{ ${property.key.name} }`)
      }
    },
  })
  return findings
}
