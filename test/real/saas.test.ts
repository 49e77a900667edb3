// The second scenario, reduced: a small SaaS whose services are processes of their own. Each clause of the file's comment that needs no store
// is a test here.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { GatewayProcess } from './gateway-process.ts'
import { runInWorkers } from './inspector.ts'
import { freePort, Program } from './program.ts'
import { ask, startTraffic } from './traffic.ts'

const SCENARIO = fileURLToPath(new URL('../scenarios/2-saas.reduced.yaml', import.meta.url))
const SERVICE = fileURLToPath(new URL('sample-service.ts', import.meta.url))
/** As the scenario says. */
const SERVICES = [
  ['auth', 7201],
  ['billing', 7202],
  ['content', 7203],
  ['content', 7204],
] as const

const RELOADED = /(?<!not )reloaded \(a file changed\)/

interface Told {
  readonly service: string
  readonly port: number
  readonly method: string
  readonly path: string
  readonly id: string
}

suite('the reduced SaaS scenario', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-saas-'))
  const file = join(folder, 'tidegate.yaml')
  let services: Program[]
  let gateway: GatewayProcess
  let startedIn: number

  /** The scenario as it is in the checkout, in a folder where it can be edited, on a free port. */
  const start = async (...nodeArgs: string[]): Promise<GatewayProcess> => {
    copyFileSync(SCENARIO, file)
    const PORT = String(await freePort())
    const at = performance.now()
    const started = await GatewayProcess.serve(file, {
      args: ['--workers', '2', '--watch'],
      // Nothing else can be found: no other program, no variable.
      env: { PATH: folder, PORT },
      nodeArgs,
    })
    startedIn = performance.now() - at
    assert.equal(started.port, Number(PORT))
    return started
  }

  const json = async (path: string, options?: http.RequestOptions): Promise<Told> => {
    const { status, body } = await ask(gateway.port, path, options)
    assert.equal(status, 200, body)
    return JSON.parse(body) as Told
  }

  /** Has every process of content push this to whoever listens. */
  const tell = async (text: string): Promise<void> => {
    for (const port of [7203, 7204]) await ask(port, '/tell', { method: 'POST' }, text)
  }

  before(async () => {
    gateway = await start()
    services = SERVICES.map(([name, port]) => new Program(process.execPath, { args: [SERVICE, name, String(port)] }))
    await Promise.all(services.map((service) => service.said(/listens on/)))
  })

  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    for (const service of services ?? []) await service[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  test('it starts quickly with nothing else installed, before any service is there', (context) => {
    const [line] = /tidegate \S+ ready in .*/.exec(gateway.program.output) ?? []
    context.diagnostic(`${Math.round(startedIn)} ms to the line: ${line}`)
    assert.match(line ?? '', /\(2 workers, 5 routes, 3 services\)$/)
    // The figure is a second; other tests run beside this one.
    assert.ok(startedIn < 3_000, `${startedIn} ms`)
  })

  test('web and mobile reach authentication, billing and content through one gateway', async () => {
    const auth = await json('/auth/login?next=%2Fhome', { method: 'POST' })
    assert.deepEqual([auth.service, auth.method, auth.path], ['auth', 'POST', '/auth/login?next=%2Fhome'])
    const billing = await json('/billing/invoices/7')
    assert.deepEqual([billing.service, billing.path], ['billing', '/invoices/7'])
    const content = await Promise.all(Array.from({ length: 20 }, (_, i) => json(`/content/articles/${i}`)))
    assert.deepEqual(new Set(content.map(({ port }) => port)), new Set([7203, 7204]))
    assert.ok(content.every(({ service, path }, i) => service === 'content' && path === `/content/articles/${i}`))
    assert.equal((await ask(gateway.port, '/nowhere')).status, 404)
    const refused = await ask(gateway.port, '/content/articles/1', { method: 'DELETE' })
    assert.deepEqual([refused.status, refused.fields.allow], [405, 'GET, HEAD'])
  })

  test('every request has an id that its service sees, and the app may ask from its origin', async () => {
    const answer = await ask(gateway.port, '/auth/me', { headers: { origin: 'https://app.saas.test' } })
    const { id } = JSON.parse(answer.body) as Told
    assert.match(id, /^\S{16,}$/)
    assert.equal(answer.fields['x-request-id'], id)
    assert.equal(answer.fields['access-control-allow-origin'], 'https://app.saas.test')
    assert.equal(answer.fields['access-control-allow-credentials'], 'true')
    const headers = { origin: 'https://evil.test', 'access-control-request-method': 'POST' }
    const preflight = await ask(gateway.port, '/auth/me', { method: 'OPTIONS', headers })
    assert.equal(preflight.fields['access-control-allow-origin'], undefined)
  })

  test('WebSocket of content is unbuffered: each message before the next is sent, either way', async () => {
    const socket = await openSocket(gateway.port)
    for (const text of ['one', 'two', 'three']) {
      const heard = once(socket, 'message')
      socket.send(text)
      assert.equal(String((await heard)[0]), text)
      const pushed = once(socket, 'message')
      await tell(`pushed ${text}`)
      assert.equal(String((await pushed)[0]), `pushed ${text}`)
    }
    socket.close()
    await once(socket, 'close')
  })

  test('server-sent events of content are unbuffered: the head before any event, each event before the next', async () => {
    await using events = await openEvents(gateway.port)
    assert.equal(events.response.headers['content-type'], 'text/event-stream')
    for (const text of ['one', 'two', 'three']) {
      await tell(text)
      assert.equal(await events.next(), `data: ${text}\n\n`)
    }
  })

  test('it follows an edit of its file without dropping a request or a WebSocket', async (context) => {
    const socket = await openSocket(gateway.port)
    await using events = await openEvents(gateway.port)
    await using kept = startTraffic(gateway.port, '/content/kept', { clients: 4 })
    await using fresh = startTraffic(gateway.port, '/billing/fresh', { clients: 2, fresh: true })
    await using slow = startTraffic(gateway.port, '/content/slow/300', { clients: 2 })
    const drip = ask(gateway.port, '/content/drip/150')
    const text = readFileSync(file, 'utf8')
    for (let i = 0; i < 4; i++) {
      const from = gateway.program.output.length
      writeFileSync(file, `${text}  edit:\n    match: GET /edit\n    reply: { status: 200, body: "edit ${i}" }\n`)
      await gateway.program.said(RELOADED, from)
      assert.equal((await ask(gateway.port, '/edit')).body, `edit ${i}`)
      const heard = once(socket, 'message')
      socket.send(`over edit ${i}`)
      assert.equal(String((await heard)[0]), `over edit ${i}`)
    }
    assert.equal((await drip).body.length, 150)
    await tell('still here')
    assert.equal(await events.next(), 'data: still here\n\n')
    const counts = await Promise.all([kept.stop(), fresh.stop(), slow.stop()])
    for (const { answered, failed } of counts) {
      assert.deepEqual(failed, [])
      assert.ok(answered > 0)
    }
    context.diagnostic(`${counts.reduce((sum, { answered }) => sum + answered, 0)} requests over 4 edits`)
    socket.close()
    await once(socket, 'close')
  })

  test('it refuses a broken edit and keeps serving, saying file, line and column', async () => {
    const text = readFileSync(SCENARIO, 'utf8')
    const broken = text.replace('    service: billing-api\n', '    service: biling-api\n')
    const line = broken.split('\n').indexOf('    service: biling-api') + 1
    const from = gateway.program.output.length
    writeFileSync(file, broken)
    await gateway.program.said(/not reloaded \(a file changed\)/, from)
    const said = gateway.program.output.slice(from)
    assert.ok(said.includes(`${file}:${line}:14 routes.billing.service`), said)
    assert.match(said, /billing-api/)
    assert.equal((await json('/billing/still')).path, '/still')
    // The same for a file that is not even YAML.
    writeFileSync(file, text.replace('routes:', 'routes: ['))
    await gateway.program.said(/tidegate\.yaml:\d+:\d+ [\s\S]*not reloaded/, from + said.length)
    assert.equal((await json('/billing/still')).path, '/still')
    const mended = gateway.program.output.length
    writeFileSync(file, text)
    await gateway.program.said(RELOADED, mended)
    assert.equal((await json('/billing/mended')).path, '/mended')
  })

  test('it ends cleanly on SIGTERM: requests in flight are answered, and it exits with 0', async () => {
    const flying = [
      ...Array.from({ length: 10 }, (_, i) => ask(gateway.port, `/content/slow/${400 + i * 50}`)),
      ask(gateway.port, '/auth/slow/500', { method: 'POST' }, Buffer.alloc(300_000, 'x')),
      ask(gateway.port, '/content/drip/50'),
    ]
    await sleep(150)
    gateway.program.kill('SIGTERM')
    const answers = await Promise.all(flying)
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 200),
    )
    assert.ok(answers.slice(0, -1).every(({ fields }) => fields.connection === 'close'))
    assert.deepEqual(await gateway.program.ended, { code: 0, signal: null })
    await assert.rejects(ask(gateway.port, '/auth/late'), { code: 'ECONNREFUSED' })
  })

  test('it survives the loss of one worker: the other goes on, and the lost one is replaced', async (context) => {
    gateway = await start('--inspect-port=127.0.0.1:0')
    const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket(gateway.port)))
    const gone = new Set<WebSocket>()
    for (const socket of sockets) socket.on('close', () => gone.add(socket))
    await using traffic = startTraffic(gateway.port, '/auth/kept', { clients: 8 })
    const from = gateway.program.output.length
    await runInWorkers(gateway.program, 1, 'process.exit(7)')
    await gateway.program.said(/worker \d+ was lost.* ended with code 7/, from)
    const lostAt = performance.now()
    // New clients are served at once, whatever becomes of the other worker.
    for (let i = 0; i < 20; i++) assert.equal((await ask(gateway.port, '/auth/anew')).status, 200)
    while (listeners(gateway.port) < 2) await sleep(10)
    const backIn = performance.now() - lostAt
    context.diagnostic(`two workers listen again ${Math.round(backIn)} ms after the loss`)
    // The figure is a second; other tests run beside this one.
    assert.ok(backIn < 3_000, `${backIn} ms`)
    await sleep(100)
    const { answered, failed } = await traffic.stop()
    assert.ok(answered > 8 && failed.length <= 8, `${failed.length} failed of ${answered}`)
    assert.deepEqual(new Set([...failed, 'ECONNRESET']), new Set(['ECONNRESET']))
    const left = sockets.filter((socket) => !gone.has(socket))
    assert.ok(gone.size > 0 && left.length > 0, `${gone.size} of 16 WebSockets went with the worker`)
    for (const socket of left) {
      const heard = once(socket, 'message')
      socket.send('aboard')
      assert.equal(String((await heard)[0]), 'aboard')
      socket.terminate()
    }
  })
})

/** How many sockets of this machine listen on a port: with shared ports, one a worker. Only Linux tells. */
const listeners = (port: number): number => {
  if (process.platform !== 'linux') return 2
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readFileSync(path, 'utf8').split('\n'))
  return rows.filter((row) => row.trim().split(/\s+/)[1]?.endsWith(local) === true && row.includes(' 0A ')).length
}

async function openSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
  await once(socket, 'open')
  return socket
}

/** A subscription to `/events`, read chunk by chunk. */
async function openEvents(port: number): Promise<{ response: http.IncomingMessage; next(): Promise<string> } & AsyncDisposable> {
  const request = http.get({ host: '127.0.0.1', port, path: '/events', agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  return {
    response,
    async next() {
      return String((await chunks.next()).value)
    },
    async [Symbol.asyncDispose]() {
      // A reset: after a FIN the gateway goes on with the answer, for a client that has only stopped to send.
      response.on('error', () => {}).socket.resetAndDestroy()
    },
  }
}
