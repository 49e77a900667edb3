import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRegistry } from '../../pipeline/registry.ts'
import { definePolicy } from '../../pipeline/policy.ts'
import { z } from 'zod'
import { DEFAULTS } from '../defaults.ts'
import { loadConfig, type Loaded } from '../load/load.ts'
import { DEFAULT_VALUES } from './default-values.ts'

const vault = definePolicy({ name: 'vault', schema: z.strictObject({ key: z.string(), note: z.any().optional() }), create: () => ({}) })
const registry = createRegistry([
  vault,
  ...['cors', 'headers', 'request-id', 'ip-filter', 'csrf', 'compress'].map((name) =>
    definePolicy({ name, schema: z.any(), create: () => ({}) }),
  ),
])
const GOLDEN = join(import.meta.dirname, '../../../test/golden/config')
const options = { defaults: false, origins: false }

const load = (stdin: string, cwd: string, more: Partial<Parameters<typeof loadConfig>[0]> = {}): Promise<Loaded> =>
  loadConfig({ files: ['-'], stdin, cwd, env: {}, overrides: [], registry, ...more })

for (const name of readdirSync(GOLDEN).filter((each) => existsSync(join(GOLDEN, each, 'plan.json')))) {
  test(`what is printed of ${name} loads to the same plan, with the defaults said or not`, async () => {
    const cwd = join(GOLDEN, name)
    const text = (file: string): string => (existsSync(join(cwd, file)) ? readFileSync(join(cwd, file), 'utf8') : '')
    const env = JSON.parse(text('env.json') || '{}') as Record<string, string>
    const overrides = text('set.txt')
      .split('\n')
      .filter((line) => line !== '')
    for (const print of [options, { defaults: true, origins: false }, { defaults: false, origins: true }]) {
      const { plan, printed } = await loadConfig({ files: undefined, cwd, env, overrides, registry, print })
      assert.ok(plan !== undefined && printed !== undefined)
      // A mask is no value, and code cannot be printed.
      if (printed.yaml.includes('«secret') || plan.modules.some(({ path }) => path.endsWith('.config.ts'))) return
      const again = await load(printed.yaml, cwd, { env: pick(env) })
      assert.deepEqual(
        again.findings.filter(({ severity }) => severity === 'error'),
        [],
        printed.yaml,
      )
      assert.equal(again.plan?.hash, plan.hash, printed.yaml)
    }
  })
}

/** What the loading itself reads of the environment. */
const pick = (env: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /^(?:TIDEGATE|OTEL)_/.test(name)))

test('A77 no secret is printed, in YAML or JSON, in a field or inside a text; what is plain may show', async () => {
  const env = { KEY: 'canary-key', PART: 'canary-part', PORT: '8123' }
  const text = `version: 1
listeners:
  web: { port: "\${PORT}" }
services:
  s: { endpoints: ["http://127.0.0.1:1"] }
routes:
  a:
    match: GET /a
    service: s
    policies:
      - vault: { key: "\${KEY}", note: { deep: ["before \${PART} after", "\${file:${join(GOLDEN, 'interpolation-secret-masked/key')}}"] } }
`
  const { plan, printed } = await load(text, '/', { env, print: options })
  assert.ok(plan !== undefined && printed !== undefined)
  for (const shown of [printed.yaml, JSON.stringify(printed.json)]) {
    assert.doesNotMatch(shown, /canary|hunter/)
    assert.match(shown, /«secret KEY»/)
    assert.match(shown, /«secret PART»/)
    assert.match(shown, /port"?: ?8123/)
  }
})

test('every default stands in the table of defaults, with a reason', () => {
  const paths = new Set(DEFAULT_VALUES.map(({ path }) => path))
  const leaves = (value: object, path: string): string[] =>
    Object.entries(value).flatMap(([key, each]) =>
      typeof each === 'object' && each !== null && !Array.isArray(each) ? leaves(each as object, `${path}.${key}`) : [`${path}.${key}`],
    )
  const { service, limits, timeouts } = DEFAULTS
  const wanted = [...leaves(limits, 'limits'), ...leaves(timeouts, 'timeouts'), ...leaves(service, 'defaults.service')].map((path) =>
    path.replace('defaults.service.depth', 'defaults.service.connections.pipelining'),
  )
  assert.deepEqual(
    wanted.filter((path) => !paths.has(path)),
    [],
  )
  for (const { reason } of DEFAULT_VALUES) assert.ok(reason.length > 10)
})
