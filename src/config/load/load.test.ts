import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { isMainThread, Worker } from 'node:worker_threads'
import { z } from 'zod'
import { definePolicy } from '../../pipeline/policy.ts'
import { createRegistry, type PolicyRegistry } from '../../pipeline/registry.ts'
import { loadConfig, type Loaded } from './load.ts'

assert.ok(isMainThread)

const plain = (name: string, more: Partial<Parameters<typeof definePolicy>[0]> = {}) =>
  definePolicy({ name, schema: z.strictObject({ note: z.string().optional() }), create: () => ({}), ...more })

// Stand-ins with the rules of the kinds that need them most: an order, security, options that are not checked by us.
const registry = createRegistry([
  plain('request-id'),
  plain('door', { security: true }),
  plain('judge', { security: true, order: { below: ['door'] } }),
  plain('counter', { adds: true, order: { below: ['door'] } }),
  definePolicy({
    name: 'vault',
    schema: z.strictObject({ key: z.string().regex(/^k-/), list: z.record(z.string(), z.string()).optional() }),
    create: () => ({}),
  }),
])

const load = (
  text: string,
  env: Record<string, string> = {},
  more: { registry?: PolicyRegistry; overrides?: string[] } = {},
): Promise<Loaded> =>
  loadConfig({ files: ['-'], stdin: text, cwd: '/', env, overrides: more.overrides ?? [], registry: more.registry ?? registry })

const messages = ({ findings }: Loaded): string[] => findings.map(({ path, message }) => `${path}: ${message}`)
const SERVICE = 'version: 1\nservices:\n  s: { endpoints: [http://127.0.0.1:1] }\n'

const folders: string[] = []
const folder = (files: Record<string, string>): string => {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-'))
  folders.push(path)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true })
})

test('R34 an invalid configuration is rejected whole, with the exact path of each mistake', async () => {
  const loaded = await load(
    `${SERVICE}routes:\n  good: { match: /good, service: s }\n  bad: { match: /bad, service: nope }\n  worse: { match: get /x, service: s }\n`,
  )
  assert.equal(loaded.plan, undefined)
  assert.deepEqual(
    loaded.findings.map(({ file, line, column, path, severity }) => ({ file, line, column, path, severity })),
    [
      { file: '-', line: 6, column: 32, path: 'routes.bad.service', severity: 'error' },
      { file: '-', line: 7, column: 19, path: 'routes.worse.match', severity: 'error' },
    ],
  )
})

test('R34 the same files give the same plan and the same findings', async () => {
  const text = `${SERVICE}policySets: { unused: [request-id] }\nroutes:\n  a: { match: "/a/{id}", service: s }\n`
  const [first, second] = [await load(text), await load(text)]
  assert.deepEqual(first, second)
  assert.equal(first.findings[0]?.severity, 'warning')
  assert.match(first.plan?.hash ?? '', /^[0-9a-f]{64}$/)
})

test('a plan is plain data: it survives a structured clone unchanged', async () => {
  const { plan } = await load(`${SERVICE}routes:\n  a: { match: "/a/{id}", service: s, policies: [request-id, { vault: { key: k-1 } }] }\n`)
  assert.notEqual(plan, undefined)
  assert.deepEqual(structuredClone(plan), plan)
})

test('loading runs inside a worker thread', async () => {
  const root = folder({ 'tidegate.yaml': `${SERVICE}routes:\n  a: { match: /a, service: s }\n` })
  const code = `
    import { parentPort } from 'node:worker_threads'
    import { loadConfig } from ${JSON.stringify(new URL('./load.ts', import.meta.url).href)}
    const registry = { get: () => undefined, kinds: () => [] }
    parentPort.postMessage(await loadConfig({ files: undefined, cwd: ${JSON.stringify(root)}, env: {}, overrides: [], registry }))`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
  const loaded = await new Promise<Loaded>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  await worker.terminate()
  assert.equal(loaded.plan?.routes[0]?.name, 'a')
})

test('A37 names of built-in properties are plain names, and no prototype changes', async () => {
  const text = `version: 1
services:
  constructor: { endpoints: [http://127.0.0.1:1] }
  hasOwnProperty: { endpoints: [http://127.0.0.1:2] }
policySets:
  toString: [request-id]
routes:
  valueOf:
    match: { path: /a, headers: { constructor: "1", toString: "*" }, query: { constructor: x, hasOwnProperty: y } }
    service: constructor
    policies:
      - set: toString
      - vault: { key: k-1, list: { constructor: a, toString: b } }
  isPrototypeOf: { match: /b, reply: { headers: { constructor: c }, json: { constructor: { prototype: { polluted: true } } } } }
  other: { match: /c, service: hasOwnProperty }
`
  const { plan, findings } = await load(text)
  assert.deepEqual(findings, [])
  assert.deepEqual(plan?.routes[0]?.match[0]?.headers, [
    { name: 'constructor', value: '1' },
    { name: 'tostring', value: '*' },
  ])
  assert.deepEqual(Object.entries((plan?.routes[0]?.policies[1]?.options as { list: object } | undefined)?.list ?? {}), [
    ['constructor', 'a'],
    ['toString', 'b'],
  ])
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('A37 A79 `__proto__` as a key is refused wherever it stands', async () => {
  for (const text of [
    '__proto__: { polluted: true }',
    'services: { __proto__: { endpoints: [http://h] } }',
    'routes:\n  a: { match: { headers: { __proto__: x } }, reply: { status: 204 } }',
    'routes:\n  a: { match: /a, reply: { json: { list: [{ __proto__: { polluted: true } }] } } }',
    'routes:\n  a: { match: /a, reply: { status: 204 }, policies: [{ vault: { key: k-1, list: { __proto__: x } } }] }',
    'x-anchor: { "__proto__": { polluted: true } }',
  ]) {
    const loaded = await load(`version: 1\n${text}\n`)
    assert.equal(loaded.plan, undefined, text)
    assert.ok(
      messages(loaded).some((message) => message.endsWith('`__proto__` cannot be a key')),
      text,
    )
  }
  for (const set of ['__proto__.polluted=1', 'routes.__proto__.x=1', 'a=1\n__proto__: 2']) {
    assert.equal((await load(`version: 1\nroutes: {}\n`, {}, { overrides: [set] })).plan, undefined, set)
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('A79 aliases that multiply are refused, in time', async () => {
  let text = 'version: 1\nx-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n'
  for (let i = 1; i < 12; i++) text += `x-${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]\n`
  const start = performance.now()
  const loaded = await load(`${text}routes:\n  a: { match: /a, reply: { json: *a11 } }\n`)
  assert.match(messages(loaded)[0] ?? '', /the aliases of this file stand for more than/)
  assert.ok(performance.now() - start < 2_000)
})

test('A79 an alias that is used honestly is resolved, ten thousand times', async () => {
  let text = `${SERVICE}x-std: &std [request-id, { vault: { key: k-1 } }]\nroutes:\n`
  for (let i = 0; i < 2_000; i++) text += `  r${i}: { match: /r${i}, service: s, policies: *std }\n`
  const { plan } = await load(text)
  assert.equal(plan?.routes.at(-1)?.policies.length, 2)
})

test('A79 tags, merge keys and duplicates are refused, also below keys that are ignored', async () => {
  for (const text of [
    'x-a: !!binary aGk=',
    'x-a: !custom 1',
    'x-b: { <<: { a: 1 } }',
    'x-a: { b: 1, b: 2 }',
    'x-a: 1\nx-a: 2',
    'x-a: &a [*a]',
    'x-a: *nowhere',
  ]) {
    const loaded = await load(`version: 1\n${text}\nroutes: {}\n`)
    assert.equal(loaded.plan, undefined, text)
    assert.equal(loaded.findings.length, 1, `${text}: ${messages(loaded).join('\n')}`)
  }
})

test('A79 only what the operator wrote is interpolated: no key, no result of an interpolation, no file, no --set', async () => {
  const root = folder({ secret: '${HOME_CANARY}\n' })
  const env = { A: '${B}', B: 'b', HOME_CANARY: 'leaked' }
  const text = `version: 1\nroutes:\n  a:\n    match: /a\n    reply: { headers: { x-a: "\${A}", x-file: "\${file:${root}/secret}", x-default: "\${NO:-$A}" } }\n`
  const { plan, findings } = await load(text, env, { overrides: ['telemetry.service=${B}'] })
  assert.deepEqual(findings, [])
  assert.deepEqual(plan?.routes[0]?.handler.kind === 'reply' && plan.routes[0].handler.fields, [
    'x-a',
    '${B}',
    'x-file',
    '${HOME_CANARY}',
    'x-default',
    '$A',
  ])
  assert.equal(plan?.accessLog.service, '${B}')
  assert.equal((await load('version: 1\nroutes: { "${B}": { match: /a, reply: { status: 204 } } }\n', env)).plan, undefined)
})

test('A105 a wrong order of policies is a load error that prints the right list', async () => {
  const loaded = await load(`${SERVICE}routes:\n  a: { match: /a, service: s, policies: [counter, judge, door] }\n`)
  assert.equal(loaded.plan, undefined)
  assert.match(messages(loaded).join('\n'), /must stand above.*the right list is door, counter, judge/)
})

test('A105 `without` takes no security away; `public: true` does', async () => {
  const text = (more: string): string =>
    `${SERVICE}policySets: { guard: [door] }\ndefaults: { policies: [{ set: guard }, judge, request-id] }\nroutes:\n  a: { match: /a, service: s, ${more} }\n`
  for (const without of ['door', 'judge', 'guard']) {
    const loaded = await load(text(`without: [${without}]`))
    assert.equal(loaded.plan, undefined)
    assert.match(messages(loaded)[0] ?? '', /can only be taken away by `public: true`/)
    assert.equal(loaded.findings[0]?.path, 'routes.a.without.0')
    assert.equal(loaded.findings[0]?.line, 7)
  }
  const open = await load(text('public: true'))
  assert.deepEqual(
    open.plan?.routes[0]?.policies.map(({ kind }) => kind),
    ['request-id'],
  )
})

test('A105 a policy whose body was commented out is a load error, never its default', async () => {
  const loaded = await load(
    `${SERVICE}routes:\n  a:\n    match: /a\n    service: s\n    policies:\n      - door:\n          # note: closed\n      - judge: ~\n`,
  )
  assert.equal(loaded.plan, undefined)
  assert.match(messages(loaded)[0] ?? '', /^routes\.a\.policies\.0\.door: `door:` is empty/)
  assert.equal(loaded.findings.length, 2)
})

test('the cors of `defaults` answers what matches nothing, unless `unmatched` has its own', async () => {
  const cors = definePolicy({ name: 'cors', schema: z.strictObject({ origin: z.string() }), create: () => ({}) })
  const known = createRegistry([plain('request-id'), cors])
  const kinds = async (unmatched: string): Promise<unknown> =>
    (
      await load(
        `${SERVICE}defaults: { policies: [request-id, { cors: { origin: shared } }] }\n${unmatched}routes:\n  a: { match: /a, service: s }\n`,
        {},
        { registry: known },
      )
    ).plan?.unmatched.map(({ kind, options, origin }) => [kind, options, origin])
  assert.deepEqual(await kinds(''), [['cors', { origin: 'shared' }, 'defaults']])
  assert.deepEqual(await kinds('unmatched: { policies: [request-id] }\n'), [
    ['cors', { origin: 'shared' }, 'defaults'],
    ['request-id', {}, 'unmatched'],
  ])
  assert.deepEqual(await kinds('unmatched: { policies: [{ cors: { origin: own } }] }\n'), [['cors', { origin: 'own' }, 'unmatched']])
})

test('files are looked for in the working directory, by the environment, or as named; links are resolved', async () => {
  const text = `${SERVICE}routes:\n  a: { match: /a, service: s }\n`
  const root = folder({ 'tidegate.yml': text, 'other.yaml': text })
  symlinkSync(join(root, 'other.yaml'), join(root, 'link.yaml'))
  const at = (files: string[] | undefined, env = {}) => loadConfig({ files, cwd: root, env, overrides: [], registry })
  const found = await at(undefined)
  assert.deepEqual(
    found.plan?.files.map((file) => file.slice(file.lastIndexOf('/') + 1)),
    ['tidegate.yml'],
  )
  assert.equal(found.plan?.state, join(root, '.tidegate'))
  assert.deepEqual((await at(['link.yaml'])).files, [join(root, 'other.yaml')])
  assert.deepEqual(
    (await at(undefined, { TIDEGATE_CONFIG: 'other.yaml', TIDEGATE_STATE: '/var/lib/tidegate' })).plan?.state,
    '/var/lib/tidegate',
  )
  assert.deepEqual(messages(await at(['nope.yaml', root])), [': does not exist', ': is a folder, not a file'])
  assert.deepEqual(messages(await at(['tidegate.yml', 'other.yaml'])).length, 2, 'each name that both define')
})

test('a load tells where it looked: names with their links, files that are missing, and patterns', async () => {
  const root = folder({
    'a.yaml': 'include: [teams/*.yaml, gone.yaml]\nroutes: { r: { match: GET /, reply: { body: "${file:secret}" } } }\n',
  })
  symlinkSync('a.yaml', join(root, 'link.yaml'))
  const { plan, looked } = await loadConfig({ files: ['link.yaml'], cwd: root, env: {}, overrides: [], registry })
  assert.equal(plan, undefined)
  assert.deepEqual(looked, {
    names: ['link.yaml', 'secret', 'gone.yaml'].map((name) => join(root, name)),
    globs: [join(root, 'teams/*.yaml')],
  })
})
