// Makes .oxlintrc.json from layers.json, so that an editor shows a forbidden import while it is typed.
// `node tools/check/lint-config.ts` writes the file; the check `lint config` fails when it is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'
import { TEST_LAYERS, TEST_PACKAGES } from './layer-check.ts'
import { type Layer, type LayerTable, readLayerTable } from './layer-table.ts'

const FILE = '.oxlintrc.json'
const CLOCK = 'take a Clock (src/base/clock.ts)'
const RANDOM = 'take a source of randomness (src/base/random.ts)'
const WHEEL = 'use the timer wheel (src/net/wheel.ts)'

const timeRules = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: CLOCK },
    { object: 'performance', property: 'now', message: CLOCK },
    { object: 'process', property: 'hrtime', message: CLOCK },
    { object: 'Math', property: 'random', message: RANDOM },
  ],
  'no-restricted-globals': ['error', { name: 'setTimeout', message: WHEEL }, { name: 'setInterval', message: WHEEL }],
}

const timeImports = [
  { name: 'node:timers', message: WHEEL },
  { name: 'node:timers/promises', message: WHEEL },
  { name: 'node:perf_hooks', message: CLOCK },
  { name: 'node:crypto', importNames: ['getRandomValues', 'randomBytes', 'randomFillSync', 'randomInt', 'randomUUID'], message: RANDOM },
]

const base = {
  $schema: './node_modules/oxlint/configuration_schema.json',
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    // `test()` reports to its runner; nobody awaits it at the top of a file.
    'typescript/no-floating-promises': [
      'error',
      { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] }] },
    ],
    'typescript/no-misused-promises': 'error',
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
    // `fields[i] as string` after a bound is how unchecked indices are read here; a guard would cost at run time.
    'typescript/no-unsafe-type-assertion': 'off',
    // Tables of a known size are made at once: growing them costs.
    'unicorn/no-new-array': 'off',
    // Node names its internals so (`socket._handle`).
    'no-underscore-dangle': 'off',
    // An error in src, where importing has no effect; a tool's entry may consist of one.
    'import/no-unassigned-import': 'off',
    // `assert.equal` and `fc.assert` are how these modules are read.
    'import/no-named-as-default-member': 'off',
    // Ports of worker threads have no origin.
    'unicorn/require-post-message-target-origin': 'off',
    // A function of one use stands where it is used.
    'unicorn/consistent-function-scoping': 'off',
    // `void promise.then(next)` is how a synchronous path goes on after a wait.
    'promise/always-return': 'off',
  },
  ignorePatterns: ['dist/**', 'test/conformance/**', 'test/golden/**', '**/node_modules/**'],
}

/** The whole lint configuration for a table. */
export function lintConfig(table: LayerTable): { readonly overrides: readonly object[] } {
  const overrides: object[] = [
    { files: ['src/**/*.ts'], rules: { 'import/no-default-export': 'error', 'import/no-unassigned-import': 'error' } },
  ]
  for (const layer of table.values()) overrides.push(...overridesOf(table, layer))
  overrides.push({
    files: ['src/net/wheel.ts', '**/*.test.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' },
  })
  // A thread begins by hardening itself.
  overrides.push({ files: ['src/runtime/*-thread.ts', 'src/cli/main.ts'], rules: { 'import/no-unassigned-import': 'off' } })
  return { ...base, overrides }
}

function overridesOf(table: LayerTable, layer: Layer): object[] {
  if (layer.name.endsWith('.ts')) return [override(table, layer, `src/${layer.name}`)]
  const folder = `src/${layer.name}/`
  const made = [override(table, layer, `${folder}**/*.ts`), override(table, layer, `${folder}**/*.test.ts`)]
  // One folder an entry: there, one step up is already a sibling.
  if (layer.apart) made.splice(1, 0, override(table, layer, `${folder}*/*.ts`, ['^\\.\\./[^.]']))
  return made
}

function override(table: LayerTable, layer: Layer, files: string, more: readonly string[] = []): object {
  const test = files.endsWith('.test.ts')
  const strict = layer.plane === 'data' && !test
  const message = `layers.json does not list this import for ${layer.name}`
  const packages = [...layer.packages, ...(test ? TEST_PACKAGES : [])]
  const patterns = [
    ...[...forbiddenPaths(table, layer, test), ...more].map((regex) => ({ regex, message })),
    // Last: what a group lets pass is not looked at again.
    { group: ['*', '!node:*', '!node:*/**', '!./**', '!../**', ...packages.flatMap((name) => [`!${name}`, `!${name}/**`])], message },
  ]
  const imports = strict ? { paths: timeImports, patterns } : { patterns }
  return { files: [files], rules: { 'no-restricted-imports': ['error', imports], ...(strict ? timeRules : {}) } }
}

/**
 * Patterns of relative imports that leave the layer for one that its row does not list. They do not count the steps up, so that one
 * pattern serves every depth; the check of our own resolves paths and is exact.
 */
function forbiddenPaths(table: LayerTable, layer: Layer, test: boolean): string[] {
  const forbidden = [...table.keys()].filter((name) => name !== layer.name && !layer.imports.includes(name) && !(test && isTestLayer(name)))
  const files = forbidden.filter((name) => name.endsWith('.ts'))
  // A child layer is reached through its parent's name, so a parent is left to the exact check where its child is listed, and the
  // other way round.
  const folders = forbidden
    .filter(
      (name) =>
        !name.endsWith('.ts') && !layer.name.startsWith(`${name}/`) && !layer.imports.some((listed) => listed.startsWith(`${name}/`)),
    )
    .map((name) => (name.startsWith(`${layer.name}/`) ? name.slice(layer.name.length + 1) : name))
  const patterns = [
    `^(?:\\.{1,2}/)+(?:${folders.join('|')})/`,
    `^(?:\\.{1,2}/)+(?:${files.map((name) => name.replace('.', '\\.')).join('|')})$`,
  ]
  return patterns.filter((pattern) => !pattern.includes('(?:)'))
}

const isTestLayer = (name: string): boolean => TEST_LAYERS.some((allowed) => allowed === name)
/** One override a line: a diff of the generated file then shows the layers that changed. */
function text(root: string): string {
  const { overrides, ...rest } = lintConfig(readLayerTable(root))
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '')
  return `${head},\n  "overrides": [\n${overrides.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]\n}\n`
}

/** One finding when .oxlintrc.json is not what layers.json makes. */
export function checkLintConfig(root: string): Finding[] {
  let current = ''
  try {
    current = readFileSync(join(root, FILE), 'utf8')
  } catch {
    // Absent counts as stale.
  }
  return current === text(root) ? [] : [{ file: FILE, line: 0, message: 'is stale; run: node tools/check/lint-config.ts' }]
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../..', FILE), text(join(import.meta.dirname, '../..')))
