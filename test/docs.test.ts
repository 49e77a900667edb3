// Documents decay unless something reads them: every path and link that they name exists. What they show is read by the tests beside this one
// (`docs-yaml`, `docs-commands`, `docs-generated`, `documented-code`).
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { formatYaml } from '../src/config/format.ts'
import { staleRows } from '../tools/check/rows.ts'

const ROOT = join(import.meta.dirname, '..')
const documents = [...globSync('*.md', { cwd: ROOT }), ...globSync('docs/**/*.md', { cwd: ROOT })].toSorted()

/** `src/http1/encode.ts`, `test/conformance/`, `layers.json`'s kin: what stands in back quotes and begins with a folder of the project. */
const PATHS = /`((?:src|test|tools|bench|examples|docs)\/[\w./-]*\w\/?)`/g
const YAML = /^```yaml\n([^]*?)^```$/gm
const LINKS = /\]\((?!https?:|#)([^)#\s]+)/g

test('every path that a document names exists', () => {
  const missing = documents.flatMap((document) =>
    matches(document, PATHS)
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${document}: ${path}`),
  )
  assert.deepEqual(missing, [])
})

test('every relative link of a document leads somewhere', () => {
  const broken = documents.flatMap((document) =>
    matches(document, LINKS)
      .filter((link) => !existsSync(join(ROOT, dirname(document), link)))
      .map((link) => `${document}: ${link}`),
  )
  assert.deepEqual(broken, [])
})

test('the documents tell the life of a request with the file of each step', () => {
  const steps = matches('docs/life-of-a-request.md', PATHS)
  for (const file of [
    'src/serve/exchange.ts',
    'src/http1/parse-head.ts',
    'src/route/table.ts',
    'src/pipeline/compile.ts',
    'src/upstream/pool.ts',
  ]) {
    assert.ok(steps.includes(file), `docs/life-of-a-request.md does not name ${file}`)
  }
})

test('YAML that a document or an example shows is laid out as `tidegate fmt` does', () => {
  const shown = documents.flatMap((document) => matches(document, YAML).map((text) => [document, text] as const))
  assert.ok(shown.length >= 6, 'README.md, and the pages on the configuration and the policies')
  for (const path of globSync('examples/*/tidegate.yaml', { cwd: ROOT })) shown.push([path, readFileSync(join(ROOT, path), 'utf8')])
  for (const [document, text] of shown) assert.deepEqual(formatYaml(text, document), { text }, document)
})

test('docs/reliability.md names the tests of each row, and owns up to those without', () => {
  assert.deepEqual(staleRows(ROOT), [])
})

function matches(document: string, pattern: RegExp): string[] {
  return [...readFileSync(join(ROOT, document), 'utf8').matchAll(pattern)].map((match) => match[1] ?? '')
}
