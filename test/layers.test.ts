// The layers are a build error: violations planted in a small tree of its own are found by the lint and by the exact check, and today's
// tree has none.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { printed } from '../tools/check/finding.ts'
import { checkLayers } from '../tools/check/layer-check.ts'
import { readLayerTable } from '../tools/check/layer-table.ts'
import { checkLintConfig } from '../tools/check/lint-config.ts'

const ROOT = join(import.meta.dirname, '..')

/** Plants `files` in a fresh tree with the project's own table and lint configuration; returns what each of both says. */
function plant(files: Record<string, string>, { typed } = { typed: false }): { lint: string; check: string } {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  try {
    for (const name of ['layers.json', 'tsconfig.json']) copyFileSync(join(ROOT, name), join(root, name))
    const config = JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')) as { options: object }
    // Rules about types take a second; the others do not need them.
    if (!typed) config.options = { ...config.options, typeAware: false }
    writeFileSync(join(root, '.oxlintrc.json'), JSON.stringify(config))
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return { lint: lint(root), check: checkLayers(root, readLayerTable(root)).map(printed).join('\n') }
  } finally {
    rmSync(root, { recursive: true })
  }
}

function lint(root: string): string {
  try {
    return execFileSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format', 'unix'], { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

const LEAF = 'export const leaf = 1\n'

test('an import of a layer that the table does not list is found by lint and check', () => {
  const { lint: said, check } = plant({
    'src/route/table.ts': LEAF,
    'src/http1/encode.ts': "export { leaf } from '../route/table.ts'\n",
  })
  assert.match(said, /src\/http1\/encode\.ts:1:.*no-restricted-imports/)
  assert.equal(check, 'src/http1/encode.ts:1  http1 must not import route: layers.json lists base, http, net')
})

test('an import of a type alone counts, as import type and as import()', () => {
  const { lint: said, check } = plant({
    'src/route/table.ts': 'export type Leaf = 1\n',
    'src/http1/encode.ts': "import type { Leaf } from '../route/table.ts'\nexport type Mine = Leaf\n",
    'src/http1/grammar.ts': "export type Mine = import('../route/table.ts').Leaf\n",
  })
  assert.match(said, /src\/http1\/encode\.ts:1:.*no-restricted-imports/)
  assert.match(check, /src\/http1\/encode\.ts:1 {2}http1 must not import route/)
  assert.match(check, /src\/http1\/grammar\.ts:1 {2}http1 must not import route/)
})

test('policies and handlers never import a sibling', () => {
  const { lint: said, check } = plant({
    'src/policies/cors/policy.ts': "export { leaf } from '../headers/policy.ts'\n",
    'src/policies/headers/policy.ts': LEAF,
    'src/handlers/reply/handler.ts': "export { leaf } from '../forward/handler.ts'\n",
    'src/handlers/forward/handler.ts': LEAF,
    'src/handlers/forward/attempt.ts': "export { leaf } from './handler.ts'\n",
  })
  assert.match(said, /src\/policies\/cors\/policy\.ts:1:.*no-restricted-imports/)
  assert.match(said, /src\/handlers\/reply\/handler\.ts:1:.*no-restricted-imports/)
  assert.equal(
    check,
    'src/handlers/reply/handler.ts:1  siblings in handlers must not import each other: src/handlers/forward/handler.ts\n' +
      'src/policies/cors/policy.ts:1  siblings in policies must not import each other: src/policies/headers/policy.ts',
  )
})

test('a cycle between files is found, also when only types close it', () => {
  const { lint: said, check } = plant({
    'src/http/method.ts': "import type { Uri } from './uri.ts'\nexport type Method = Uri\n",
    'src/http/uri.ts': "import type { Method } from './method.ts'\nexport type Uri = Method | 1\n",
  })
  assert.match(said, /no-cycle/)
  assert.equal(check, 'src/http/method.ts  import cycle: src/http/method.ts → src/http/uri.ts → src/http/method.ts')
})

test('what the table does not list at all is an error: a folder, a package, a file outside src', () => {
  const { lint: said, check } = plant({
    'src/extras/thing.ts': LEAF,
    'src/http/uri.ts': "export * from 'zod'\nexport * from '../../bench/run.ts'\nimport fs from 'node:fs/promises'\nexport { fs }\n",
    'bench/run.ts': LEAF,
  })
  assert.match(said, /src\/http\/uri\.ts:1:.*no-restricted-imports/)
  assert.equal(
    check,
    'src/extras/thing.ts  no row of layers.json covers this file\n' +
      'src/http/uri.ts:1  http must not import the package zod: layers.json lists none\n' +
      'src/http/uri.ts:2  bench/run.ts lies outside src/',
  )
})

test('the data plane takes time and randomness as parameters; net/wheel.ts, the control plane and tests may hold them', () => {
  const uses = 'export const uses = [Date.now(), Math.random(), performance.now(), setTimeout(() => {}, 1), setInterval(() => {}, 1)]\n'
  const { lint: said } = plant({
    'src/upstream/pool.ts': `${uses}export { randomUUID } from 'node:crypto'\nexport { setTimeout } from 'node:timers/promises'\n`,
    'src/upstream/pool.test.ts': uses,
    'src/net/wheel.ts': uses,
    'src/telemetry/clock.ts': uses,
  })
  const lines = said.split('\n').filter((line) => line.includes('.ts:'))
  assert.equal(lines.length, 7, said)
  for (const line of lines) assert.match(line, /^src\/upstream\/pool\.ts:/)
})

test('a promise that nobody awaits is found', () => {
  const { lint: said } = plant(
    { 'src/upstream/pool.ts': 'const close = async (): Promise<void> => {}\nclose()\nexport { close }\n' },
    { typed: true },
  )
  assert.match(said, /src\/upstream\/pool\.ts:2:.*no-floating-promises/)
})

test('a tree that keeps to the table passes both', () => {
  const { lint: said, check } = plant({
    'src/base/clock.ts': LEAF,
    'src/http1/encode.ts':
      "import { leaf } from '../base/clock.ts'\nimport { Buffer } from 'node:buffer'\nexport const made = Buffer.alloc(leaf)\n",
    'src/http1/encode.test.ts': "export { sample } from 'fast-check'\nexport { made } from './encode.ts'\n",
  })
  assert.equal(said.trim(), '')
  assert.equal(check, '')
})

test('the table in the documents is the one that is checked', () => {
  const document = readFileSync(join(ROOT, 'docs/decisions/0003-layers-as-data.md'), 'utf8')
  const told = [...document.matchAll(/^\| ([\w./]+) \| (.*) \| (.*) \|$/gm)].map(([, name, imports, entries]) =>
    `${name}: ${imports} ${entries}`.trim(),
  )
  const checked = [...readLayerTable(ROOT).values()].map(({ name, imports, apart }) =>
    `${name}: ${imports.join(' ') || '–'} ${apart ? 'apart' : ''}`.trim(),
  )
  assert.deepEqual(told, checked)
})

test("today's tree keeps to the table, and the lint configuration is the one that the table makes", () => {
  assert.deepEqual(checkLayers(ROOT, readLayerTable(ROOT)).map(printed), [])
  assert.deepEqual(checkLintConfig(ROOT).map(printed), [])
})
