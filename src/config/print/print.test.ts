import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRegistry } from '../../pipeline/registry.ts'
import { definePolicy } from '../../pipeline/policy.ts'
import { z } from 'zod'
import { DEFAULTS } from '../defaults.ts'
import { formatYaml } from '../format.ts'
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
      assert.deepEqual(formatYaml(printed.yaml, '-'), { text: printed.yaml }, 'as `tidegate fmt` lays it out')
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

test('A77 a scalar that an alias puts into a field that is plain and into one that is not is masked; a file is, in any field', async () => {
  const file = join(GOLDEN, 'interpolation-secret-masked/key')
  const text = `version: 1
x-both: &both "\${KEY}"
services:
  s: { endpoints: ["http://127.0.0.1:1"], host: *both }
  t: { endpoints: ["http://127.0.0.1:2"], host: "\${file:${file}}.example" }
routes:
  a: { match: GET /a, service: s, policies: [vault: { key: *both }] }
  b: { match: GET /b, service: t }
`
  const { printed, findings } = await load(text, '/', { env: { KEY: 'canary-key' }, print: { defaults: true, origins: true } })
  assert.ok(printed !== undefined, JSON.stringify(findings))
  for (const shown of [printed.yaml, JSON.stringify(printed.json)]) assert.doesNotMatch(shown, /canary|hunter/)
  assert.match(printed.yaml, /host: «secret KEY»/)
})

test('values keep their types, and no character is more than itself', async () => {
  const env = { PORT: '8123', TEXT: '0123', TRUTH: 'true', FORMAT: 'json' }
  const text = `version: 1
listeners: { web: { port: "\${PORT}" } }
services: { s: { endpoints: ["http://127.0.0.1:1"] } }
telemetry: { service: "\${TEXT}", logs: { format: "\${FORMAT}" } }
routes:
  a: { match: GET /a, reply: { json: ["a\\u202Eb", "\\x7f", "12", 12, "true", true, "", "- x", "a: b", "#", "\\u2028", "$\${X}", null] } }
  b: { match: GET /b, service: s, trailers: "\${TRUTH}" }
  c: { match: GET /c, redirect: { to: /b } }
`
  const { plan, printed, findings } = await load(text, '/', { env, print: { defaults: true, origins: false } })
  assert.ok(plan !== undefined && printed !== undefined, JSON.stringify(findings))
  assert.match(printed.yaml, /service: "0123"/)
  assert.match(printed.yaml, /trailers: «secret TRUTH»/)
  assert.match(printed.yaml, /status: 307 # /)
  assert.doesNotMatch(printed.yaml, /[\x7f\u2028\u202e]/)
  const again = await load(printed.yaml.replace('«secret TRUTH»', 'true'), '/')
  assert.equal(again.plan?.hash, plan.hash, printed.yaml)
  assert.deepEqual((printed.json as { routes: { a: { reply: { json: unknown } } } }).routes.a.reply.json, [
    'a\u202Eb',
    '\x7f',
    '12',
    12,
    'true',
    true,
    '',
    '- x',
    'a: b',
    '#',
    '\u2028',
    '${X}',
    null,
  ])
})

test('what the environment says in place of the files is printed, with its name as the origin', async () => {
  const env = { TIDEGATE_STATE: 'elsewhere', TIDEGATE_WORKERS: '3', OTEL_SERVICE_NAME: 'edge' }
  const { plan, printed } = await load('version: 1\nroutes: { a: { match: /a, reply: { body: a } } }\nworkers: 2\n', '/srv', {
    env,
    print: { defaults: false, origins: true },
  })
  assert.ok(plan !== undefined && printed !== undefined)
  for (const line of ['state: /srv/elsewhere # TIDEGATE_STATE', 'workers: 3 # TIDEGATE_WORKERS', '  service: edge # OTEL_SERVICE_NAME'])
    assert.ok(printed.yaml.split('\n').includes(line), printed.yaml)
  assert.equal((await load(printed.yaml, '/')).plan?.hash, plan.hash)
})

test('every default stands in the table of defaults, with a reason', () => {
  const paths = new Set(DEFAULT_VALUES.map(({ path }) => path))
  const leaves = (value: object, path: string): string[] =>
    Object.entries(value).flatMap(([key, each]) =>
      typeof each === 'object' && each !== null && !Array.isArray(each) ? leaves(each as object, `${path}.${key}`) : [`${path}.${key}`],
    )
  const elsewhere = new Map([
    ['listener.name', 'listeners.web.port'],
    ['listener.port', 'listeners.web.port'],
    ['admin.address', 'admin'],
    ['admin.port', 'admin'],
    ['service.depth', 'defaults.service.connections.pipelining'],
    ['redirect', 'routes.*.redirect.status'],
    ['sample', 'routes.*.mirror.sample'],
    ['logs.format', 'telemetry.logs.format'],
    ['logs.service', 'telemetry.service'],
  ])
  const wanted = leaves(DEFAULTS, '').map((leaf) => {
    const path = leaf.slice(1)
    return elsewhere.get(path) ?? (path.startsWith('service.') ? `defaults.${path}` : path)
  })
  assert.deepEqual(
    wanted.filter((path) => !paths.has(path)),
    [],
  )
  for (const { reason } of DEFAULT_VALUES) assert.ok(reason.length > 10)
})
