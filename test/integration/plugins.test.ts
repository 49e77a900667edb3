// Plugins of a running gateway: loaded from their files, exchanged by a reload, and what becomes of the gateway when one misbehaves.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createGateway } from '../../src/index.ts'
import { poisonReads } from '../../src/net/read-buffer.ts'
import { Gateway, load } from './lifecycle/gateway.ts'

const start = {
  module: fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
  args: (file: string): readonly string[] => ['start', '-c', file, '--workers', '2'],
}
const routes = `
plugins: { own: ./code/own.ts }
telemetry: { logs: { sinks: [] } }
routes:
  own: { match: "GET /own/{what}", policies: [own], reply: { body: own } }
  other: { match: GET /ok, reply: { body: ok } }
`
const imports = "import { definePolicy, proceed } from 'tidegate/plugin'\nimport { z } from 'zod'\n"
const plugin = (hooks: string, before = ''): string =>
  `${imports}${before}export default definePolicy({ name: 'own', schema: z.strictObject({}), create: () => (${hooks}) })\n`

const write = (gateway: Gateway, name: string, text: string): void => {
  mkdirSync(join(gateway.folder, 'code'), { recursive: true })
  writeFileSync(join(gateway.folder, 'code', name), text)
}
const starting = (text: string) => ({ yaml: routes, prepare: (gateway: Gateway) => write(gateway, 'own.ts', text) })

/** Asks until every worker must have answered; the different answers. */
const answers = async (gateway: Gateway, path: string): Promise<string[]> =>
  [...new Set(await Promise.all(Array.from({ length: 16 }, () => gateway.get(path))))].toSorted()

test('an edited plugin, and what it imports, is picked up by a reload in every worker; a broken one changes nothing', async () => {
  const says = (text: string): string => `export const text: string = '${text}'\n`
  await using gateway = await Gateway.start({
    main: start,
    yaml: routes,
    prepare: (made) => {
      write(
        made,
        'own.ts',
        plugin(
          '{ onRequest: () => reply({ status: 200, body: text }) }',
          "import { reply } from 'tidegate/plugin'\nimport { text } from './text.ts'\n",
        ),
      )
      write(made, 'text.ts', says('first'))
    },
  })
  assert.deepEqual(await answers(gateway, '/own/x'), ['200 first'])
  write(gateway, 'text.ts', says('second'))
  assert.match(await gateway.reload(), /^reloaded/)
  assert.deepEqual(await answers(gateway, '/own/x'), ['200 second'])
  write(gateway, 'text.ts', 'export const text = \n')
  const from = gateway.log.length
  assert.match(await gateway.reload(), /not reloaded \(SIGHUP\): 1 error in the configuration; the configuration before stays in force/)
  assert.match(gateway.log.slice(from), /plugins\.own `.*own\.ts` cannot be loaded: .*text\.ts:1\)/)
  assert.deepEqual(await answers(gateway, '/own/x'), ['200 second'])
  write(gateway, 'own.ts', plugin('{ onRequest: () => proceed }', 'throw new Error("no licence")\n'))
  assert.match(await gateway.reload(), /not reloaded/)
  assert.match(gateway.log.slice(from), /cannot be loaded: no licence \(.*own\.ts:3/)
  write(gateway, 'own.ts', plugin('{ onRequest: () => proceed }'))
  assert.match(await gateway.reload(), /^reloaded/)
  assert.deepEqual(await answers(gateway, '/own/x'), ['200 own'])
})

test('R40 a plugin that throws, or whose promise is rejected, fails that request with 500 and a line in the log, and nothing else', async () => {
  const text = plugin(`{ onRequest: (call) => {
    const what = call.param('what')
    if (what === 'throws') throw new Error('it fell over')
    return what === 'rejects' ? Promise.reject(new Error('it gave up')) : proceed
  } }`)
  await using gateway = await Gateway.start({ main: start, ...starting(text) })
  const traffic = load(gateway, 4)
  for (const what of ['throws', 'rejects']) {
    const answer = await gateway.get(`/own/${what}`)
    assert.match(answer, /^500 .*"code":"policy_failed"/s)
    assert.doesNotMatch(answer, /fell over|gave up|own\.ts/)
  }
  assert.equal(await gateway.get('/own/well'), '200 own')
  await gateway.said(/policy own failed in onRequest on route own: Error: it fell over \(.*own\.ts:\d+:\d+\)\n/)
  await gateway.said(/policy own failed in onRequest on route own: Error: it gave up \(.*own\.ts:\d+:\d+\)\n/)
  const { answered, failed } = await traffic.stop()
  assert.ok(answered > 0)
  assert.deepEqual(failed, [])
  assert.doesNotMatch(gateway.log, /is replaced/)
})

test('R40 a plugin that rejects late, when nobody waits any more, has its worker replaced without a lost request', async () => {
  const text = plugin(
    "{ onRequest: () => { void setTimeout(5).then(() => { throw new Error('too late') }); return proceed } }",
    "import { setTimeout } from 'node:timers/promises'\n",
  )
  await using gateway = await Gateway.start({ env: { CORE: 'real' }, ...starting(text) })
  const traffic = load(gateway, 4)
  assert.equal(await gateway.get('/own/late'), '200 own')
  await gateway.said(/worker \d let an error escape and is replaced: Error: too late[\s\S]*it has drained/)
  const { answered, failed } = await traffic.stop()
  assert.ok(answered > 0)
  assert.deepEqual(failed, [])
})

test('R41 R39 a plugin that never returns is reported with its stack, its worker replaced, and its route refused the second time', async () => {
  const text = plugin("{ onRequest: (call) => { while (call.param('what') === 'loop'); return proceed } }")
  await using gateway = await Gateway.start({ env: { HANG: '2000', CORE: 'real' }, ...starting(text) })
  const others = load(gateway, 2, '/ok', true)
  for (let i = 0; i < 2; i++) {
    const from = gateway.log.length
    await answers(gateway, '/own/well')
    void gateway.get('/own/loop')
    assert.match(await gateway.said(/blocked for more than a second in route own\n[\s\S]*?\n/, from), /own\.ts:\d+/)
    await gateway.said(/is ended: its event loop does not return/, from)
    await setTimeout(700)
  }
  await gateway.said(/requests of own ended a worker twice/)
  for (let answer = ''; !answer.startsWith('503 '); answer = await gateway.get('/own/loop')) await setTimeout(20)
  assert.equal(await gateway.get('/ok'), '200 ok')
  await others.stop()
})

test('R39 a worker that takes the place of a lost one runs the code that the others run, though its file has been edited since', async () => {
  await using gateway = await Gateway.start({
    main: start,
    ...starting(
      plugin(
        "{ onRequest: (call) => { if (call.param('what') === 'ends') process.exit(3); return proceed }, onResponse: (_, response) => response.headers.set('x-code', 'first') }",
      ),
    ),
  })
  write(gateway, 'own.ts', plugin('{ onRequest: () => edited }'))
  void gateway.get('/own/ends').catch(() => undefined)
  await gateway.said(/worker \d was lost/)
  const seen = new Set<string>()
  for (let i = 0; i < 40; i++) {
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/own/x`, { headers: { connection: 'close' } }).catch(() => undefined)
    if (answer !== undefined) seen.add(answer.headers.get('x-code') ?? `${answer.status}`)
    await setTimeout(20)
  }
  assert.deepEqual([...seen], ['first'])
  assert.doesNotMatch(gateway.log, /worker [3-9] was lost/)
})

test('a sink of a plugin gets the access log; an edit of it takes the place of what was there; stopping loses no line', async () => {
  const sink = (mark: string): string => `import fs from 'node:fs'
import { defineSink } from 'tidegate/plugin'
import { z } from 'zod'
export default defineSink({
  name: 'lines',
  schema: z.strictObject({ into: z.string() }),
  create: ({ into }) => ({ write: (lines) => fs.appendFileSync(into, lines.map((line) => '${mark} ' + line + '\\n').join('')) }),
})
`
  let into = ''
  await using gateway = await Gateway.start({
    main: start,
    yaml: '',
    prepare(made) {
      into = join(made.folder, 'lines.txt')
      write(made, 'lines.ts', sink('one'))
      made.configure(
        `plugins: { lines: ./code/lines.ts }\ntelemetry: { logs: { format: common, sinks: [{ type: lines, into: ${into} }] } }\nroutes: { all: { match: "/{rest...}", reply: { body: ok } } }\n`,
      )
    },
  })
  await gateway.get('/first')
  for (const end = performance.now() + 10_000; !existsSync(into) && performance.now() < end;) await setTimeout(10)
  write(gateway, 'lines.ts', sink('two'))
  assert.match(await gateway.reload(), /^reloaded/)
  await gateway.get('/second')
  gateway.kill('SIGTERM')
  assert.equal((await gateway.exited).code, 0)
  const lines = readFileSync(into, 'utf8').split('\n')
  assert.match(lines[0] ?? '', /^one .* "GET \/first HTTP\/1\.1" 200 2/)
  assert.match(lines[1] ?? '', /^two .* "GET \/second HTTP\/1\.1" 200 2/)
  assert.equal(lines.length, 3)
})

test('a plugin that keeps the chunk that it was given keeps its own bytes, whatever other connections read meanwhile', async () => {
  const service = http.createServer((request, response) => {
    response.write(`${request.url}:${'x'.repeat(1_000)}`)
    void setTimeout(30).then(() => response.end('.'))
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { keeper } = await import('./fixtures/keeper.ts')
  await using gateway = await createGateway({
    version: 1,
    listeners: { web: { address: '127.0.0.1', port: 0 } },
    telemetry: { logs: { sinks: [] } },
    plugins: { keeper },
    services: { far: { endpoints: [`http://127.0.0.1:${(service.address() as net.AddressInfo).port}`] } },
    routes: { all: { match: '/{rest...}', service: 'far', policies: ['keeper'] } },
  })
  const [web] = await gateway.listen()
  poisonReads(true)
  try {
    const bodies = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await fetch(`${web?.url}/${i}`)).text()))
    assert.deepEqual(
      bodies,
      bodies.map((_, i) => `/${i}:${'x'.repeat(1_000)}.`),
    )
  } finally {
    poisonReads(false)
    service.closeAllConnections()
    service.close()
  }
})
