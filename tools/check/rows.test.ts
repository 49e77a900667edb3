// The rows of docs/reliability.md are tied to tests by the numbers in their names, and by nothing else.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openRows, staleRows, testsOfRows } from './rows.ts'

function tree(context: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'rows-'))
  context.after(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const TESTS = `
// R9 stands in a comment only.
test('R3 one retry', () => {})
describe("A1 A2 framing", () => { it(\`A18 slow \${x} heads\`, () => {}) })
t.test('R44 the clock jumps', () => {})
const text = 'R5 in a string'
log('R6 in another call')
test('S3R7 is no number of a row', () => {})
`

test('a row is covered by the names of tests and suites alone', (context) => {
  const root = tree(context, { 'src/a.test.ts': TESTS, 'test/b.test.ts': "test('R3 and again')", 'src/c.ts': "test('R8 in a source')" })
  assert.deepEqual(Object.fromEntries(testsOfRows(root)), {
    R3: ['src/a.test.ts', 'test/b.test.ts'],
    R44: ['src/a.test.ts'],
    A1: ['src/a.test.ts'],
    A2: ['src/a.test.ts'],
    A18: ['src/a.test.ts'],
  })
})

test('a row without a test, and one whose files are out of date, are found', (context) => {
  const document = '| R3 | retries | – |\n| R4 | posts | – |\n| R44 | clock | `src/a.test.ts` |\n'
  const root = tree(context, { 'src/a.test.ts': TESTS, 'docs/reliability.md': document })
  assert.deepEqual(staleRows(root), ['R3 is out of date in docs/reliability.md; run: node tools/check/rows.ts --write'])
  assert.deepEqual(openRows(root), ['R4 has no test: posts'])
})
