// What would be published is judged by its paths: nothing that may not be there, everything that must.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROOT } from './command.ts'
import { printed } from './finding.ts'
import { judgeContents } from './package-contents.ts'

const WHOLE = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'package.json',
  'schema.json',
  'docs/configuration.md',
  'docs/decisions/0001-own-http-engine.md',
  ...['cli/main', 'index', 'plugin', 'testing/index'].flatMap((entry) => [`dist/${entry}.js`, `dist/${entry}.d.ts`]),
]

const judged = (paths: readonly string[]): string[] => judgeContents(ROOT, paths).map(printed)

test('A90 a package with its entries, schema, documents and licence passes', () => {
  assert.deepEqual(judged(WHOLE), [])
})

test('A90 sources, tests, tools and secrets would be found in the package', () => {
  for (const path of [
    'src/index.ts',
    'dist/http1/encode.test.js',
    'tools/check/check.ts',
    'test/layers.test.ts',
    '.env',
    'dist/index.js.map',
    'tls/edge.key',
  ]) {
    assert.deepEqual(judged([...WHOLE, path]), [`package.json  would publish ${path}`])
  }
})

test('A90 an entry that package.json names and a document that must be there would be missed', () => {
  for (const path of ['dist/plugin.d.ts', 'dist/cli/main.js', 'LICENSE', 'SECURITY.md']) {
    assert.deepEqual(judged(WHOLE.filter((one) => one !== path)), [`package.json  would not publish ${path}`])
  }
})
