import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { ConfigurationError, createGateway, type GatewaySource } from '../../src/index.ts'
import { definePolicy, proceed, refuse } from '../../src/plugin.ts'
import { scriptedService } from '../../src/testing/index.ts'

const quiet = { telemetry: { logs: { sinks: [] } } }
const listeners = { web: { address: '127.0.0.1', port: 0 } }

/** One service `orders` behind `/orders/{rest...}`. */
const shop = (more: object = {}): GatewaySource => ({
  version: 1,
  ...quiet,
  listeners,
  services: { orders: { endpoints: ['http://orders.test'], ...more } },
  routes: {
    orders: { match: '/orders/{rest...}', service: 'orders' },
    hello: { match: 'GET /hello', reply: { status: 200, body: 'hello' } },
  },
})

test('a request is injected and answered without a socket', async () => {
  const orders = scriptedService((request) => ({
    status: 201,
    headers: { 'set-cookie': ['a=1', 'b=2'] },
    json: { got: request.body.toString() },
  }))
  await using gateway = await createGateway(shop(), { services: { orders } })
  const answer = await gateway.inject({
    method: 'POST',
    url: '/orders/7?full=1',
    headers: { 'X-Tag': 'blue' },
    body: 'one',
    from: '198.51.100.7',
  })
  assert.equal(answer.status, 201)
  assert.deepEqual(answer.json(), { got: 'one' })
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  const [request] = orders.requests
  assert.deepEqual([request?.method, request?.url, request?.headers['x-tag']], ['POST', '/orders/7?full=1', 'blue'])
  assert.equal(request?.headers['x-forwarded-for'], '198.51.100.7')
  assert.equal((await gateway.inject('/hello')).text, 'hello')
  assert.equal((await gateway.inject('/nothing')).status, 404)
})

test('connections to a scripted service are kept and used again', async () => {
  const orders = scriptedService(() => ({ body: 'x'.repeat(300_000) }))
  await using gateway = await createGateway(shop(), { services: { orders } })
  for (let i = 0; i < 5; i++) assert.equal((await gateway.inject('/orders/1')).body.length, 300_000)
  assert.equal(orders.connections, 1)
})

test('a service that refuses, and one that breaks off, are the faults that a client sees', async () => {
  const orders = scriptedService(() => 'reset')
  await using gateway = await createGateway(shop(), { services: { orders } })
  assert.deepEqual(codeOf(await gateway.inject('/orders/1')), [502, 'upstream_reset'])
  orders.refusing = true
  assert.deepEqual(codeOf(await gateway.inject('/orders/1')), [502, 'upstream_refused'])
})

test('bytes are written to a connection in memory and come back', async () => {
  await using gateway = await createGateway(shop())
  const connection = gateway.connect()
  connection.end('GET /hello HTTP/1.1\r\nhost: a\r\n\r\nGET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  const answers = await text(connection)
  assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 2)
  const bad = gateway.connect()
  bad.end('GET / HTTP/1.1\nhost: a\n\n')
  assert.match(await text(bad), /^HTTP\/1\.1 400 /)
})

test('it listens where the configuration says, with real sockets, until it is closed', async () => {
  const orders = scriptedService(() => ({ body: 'in memory' }))
  const gateway = await createGateway(shop(), { services: { orders } })
  const [web, ...others] = await gateway.listen()
  assert.equal(others.length, 0)
  assert.match(web?.url ?? '', /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.deepEqual(await gateway.listen(), [web])
  assert.equal(await get(`${web?.url}/orders/1`), '200 in memory')
  await gateway.close()
  await gateway.close()
  assert.equal(await get(`${web?.url}/orders/1`), 'ECONNREFUSED')
  await assert.rejects(gateway.listen(), /has been closed/)
})

test('a port that is taken is told by its number', async () => {
  await using first = await createGateway(shop())
  const [web] = await first.listen()
  await using second = await createGateway({ version: 1, ...quiet, listeners: { web: { address: '127.0.0.1', port: web?.port ?? 0 } } })
  await assert.rejects(second.listen(), new RegExp(`port ${web?.port} of 127\\.0\\.0\\.1 is in use`))
})

test('R34 a reload takes effect at the next request and keeps the port; a refused one changes nothing', async () => {
  await using gateway = await createGateway(shop())
  const [web] = await gateway.listen()
  const hello = (body: string): GatewaySource => ({
    version: 1,
    ...quiet,
    listeners,
    routes: { hello: { match: 'GET /hello', reply: { status: 200, body } } },
  })
  await gateway.reload(hello('two'))
  assert.equal(await get(`${web?.url}/hello`), '200 two')
  await assert.rejects(gateway.reload({ version: 1, routes: { hello: { match: 'GET /hello', service: 'nobody' } } }), ConfigurationError)
  assert.equal(await get(`${web?.url}/hello`), '200 two')
  assert.deepEqual(await gateway.listen(), [web])
})

test('a configuration that is wrong is refused with everything that is wrong', async () => {
  const wrong = createGateway({
    version: 1,
    limits: { head: 'much' },
    routes: { a: { match: 'GET /a', service: 'nobody' } },
  })
  await assert.rejects(wrong, (error) => {
    assert.ok(error instanceof ConfigurationError)
    assert.deepEqual(error.findings.map(({ path }) => path).toSorted(), ['limits.head', 'routes.a.service'])
    return true
  })
})

test('an object must be plain data, and is not interpolated', async () => {
  const reply = (body: unknown): GatewaySource =>
    ({ version: 1, ...quiet, routes: { a: { match: 'GET /a', reply: { status: 200, body } } } }) as GatewaySource
  const config = {
    version: 1,
    ...quiet,
    routes: { a: { match: 'GET /a', reply: { status: 200, headers: { 'x-a': '${HOME} $${x}' } } } },
  } as const
  await using gateway = await createGateway(config, { env: { HOME: 'secret' } })
  assert.equal((await gateway.inject('/a')).headers['x-a'], '${HOME} $${x}')
  for (const value of [() => 'x', 1n, Symbol('x'), new Date(0), Number.NaN])
    await assert.rejects(createGateway(reply(value)), /routes\.a\.reply\.body/)
  const circle: Record<string, unknown> = { version: 1 }
  circle['routes'] = circle
  await assert.rejects(createGateway(circle), /routes contains itself/)
  await assert.rejects(createGateway({ version: 1, include: ['x.yaml'] }), /include is for files/)
})

test('a file is read by the same rules', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'tidegate.yaml')
  writeFileSync(
    file,
    'version: 1\ntelemetry: { logs: { sinks: [] } }\nroutes: { a: { match: GET /a, reply: { status: 200, body: "${WORD}" } } }\n',
  )
  await using gateway = await createGateway({ file }, { env: { WORD: 'from the environment' } })
  assert.equal((await gateway.inject('/a')).text, 'from the environment')
  writeFileSync(file, 'version: 1\nroutes: nonsense\n')
  await assert.rejects(gateway.reload({ file }), /tidegate\.yaml:2:9 routes/)
})

test("a program's own policy is named like a built-in one", async () => {
  const gate = definePolicy({
    name: 'password',
    schema: z.strictObject({ word: z.string() }),
    create: ({ word }) => ({ onRequest: (call) => (call.request.headers.get('x-word') === word ? proceed : refuse('wrong_word')) }),
  })
  const config = {
    version: 1,
    ...quiet,
    routes: { a: { match: 'GET /a', reply: { status: 200, body: 'in' }, policies: [{ password: { word: 'sesame' } }] } },
  }
  await using gateway = await createGateway(config as GatewaySource, { policies: [gate] })
  assert.deepEqual(codeOf(await gateway.inject('/a')), [403, 'wrong_word'])
  assert.equal((await gateway.inject({ url: '/a', headers: { 'x-word': 'sesame' } })).text, 'in')
})

test('a stand-in for a service that the configuration does not name is a mistake', async () => {
  await assert.rejects(createGateway(shop(), { services: { ordres: scriptedService(() => ({})) } }), /stands in for `ordres`/)
})

test('`concurrency`: so many at the service, so many more wait, the next is answered 503', async () => {
  const release = Promise.withResolvers<void>()
  let most = 0
  let now = 0
  const orders = scriptedService(async () => {
    most = Math.max(most, ++now)
    await release.promise
    now--
    return { body: 'done' }
  })
  await using gateway = await createGateway(shop({ concurrency: { max: 2, pending: 3 } }), { services: { orders } })
  const answers = Array.from({ length: 8 }, () => gateway.inject('/orders/1'))
  const soon = answers.map((answer) => Promise.race([answer, setTimeout(100, undefined)]))
  const refused = (await Promise.all(soon)).filter((answer) => answer !== undefined)
  assert.deepEqual(refused.map(codeOf), [
    [503, 'overloaded'],
    [503, 'overloaded'],
    [503, 'overloaded'],
  ])
  release.resolve()
  const all = await Promise.all(answers)
  assert.equal(all.filter(({ status }) => status === 200).length, 5)
  assert.equal(most, 2)
})

test('`pending: 0` refuses whoever would have to wait, and nobody else', async () => {
  const orders = scriptedService(async () => {
    await setImmediate()
    return { body: 'done' }
  })
  await using gateway = await createGateway(shop({ concurrency: { max: 1, pending: 0 } }), { services: { orders } })
  for (let i = 0; i < 3; i++) assert.equal((await gateway.inject('/orders/1')).status, 200)
  const two = await Promise.all([gateway.inject('/orders/1'), gateway.inject('/orders/2')])
  assert.deepEqual(
    two.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 503],
  )
})

test('a client that leaves while it waits for its turn makes room', async () => {
  const release = Promise.withResolvers<void>()
  const orders = scriptedService(async () => {
    await release.promise
    return { body: 'done' }
  })
  await using gateway = await createGateway(shop({ concurrency: { max: 1, pending: 1 } }), { services: { orders } })
  const first = gateway.inject('/orders/1')
  await setTimeout(20)
  const waits = gateway.connect()
  waits.on('error', () => {})
  waits.write('GET /orders/2 HTTP/1.1\r\nhost: a\r\n\r\n')
  await setTimeout(20)
  assert.equal((await gateway.inject('/orders/3')).status, 503)
  waits.destroy(new Error('the client leaves'))
  await setTimeout(20)
  const third = gateway.inject('/orders/3')
  release.resolve()
  assert.deepEqual([(await first).status, (await third).status], [200, 200])
  assert.deepEqual(
    orders.requests.map(({ url }) => url),
    ['/orders/1', '/orders/3'],
  )
})

test('the examples of docs/embedding.md run', (context) => {
  const root = join(import.meta.dirname, '../..')
  const folder = mkdtempSync(join(tmpdir(), 'embedding-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const blocks = [...readFileSync(join(root, 'docs/embedding.md'), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code ?? '')
  assert.ok(blocks.length >= 2)
  for (const [index, code] of blocks.entries()) {
    const file = join(folder, `example-${index}.ts`)
    const entry = (path: string): string => `'${pathToFileURL(join(root, path)).href}'`
    const entries = {
      tidegate: 'src/index.ts',
      'tidegate/testing': 'src/testing/index.ts',
      'tidegate/plugin': 'src/plugin.ts',
      zod: 'node_modules/zod/index.js',
    }
    writeFileSync(
      file,
      Object.entries(entries).reduce((made, [name, path]) => made.replace(`'${name}'`, entry(path)), code),
    )
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', cwd: folder, timeout: 20_000 })
    assert.equal(status, 0, `${code}\n${stdout}${stderr}`)
  }
})

const codeOf = (answer: { status: number; json(): unknown }): [number, unknown] => [
  answer.status,
  (answer.json() as { code: unknown }).code,
]

/** `STATUS BODY`, or the system's error code. */
function get(url: string): Promise<string> {
  return new Promise((resolve) => {
    http
      .get(url, { agent: false }, (answer) => void text(answer).then((body) => resolve(`${answer.statusCode} ${body}`)))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
  })
}
