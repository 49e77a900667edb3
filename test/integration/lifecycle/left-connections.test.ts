// Connections whose worker or listener a reload takes away: streams and tunnels go on, the others are asked to leave.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Gateway, load } from './gateway.ts'

const main = {
  module: fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url)),
  args: (file: string): readonly string[] => ['start', '-c', file],
}

const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n'

/** Streams that have begun, and what a service writes to all of them. */
const streams = new Set<http.ServerResponse>()
const service = http.createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  streams.add(response.on('close', () => streams.delete(response)))
})
service.on('upgrade', (request, socket) => {
  const accept = hash('sha1', `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
  socket.on('error', () => {}).write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}sec-websocket-accept: ${accept}\r\n\r\n`)
  socket.pipe(socket)
})
before(() => once(service.listen(0, '127.0.0.1'), 'listening'))
after(() => {
  service.closeAllConnections()
  service.close()
})

const configuration = (workers: number, drain: string): string =>
  [
    `workers: ${workers}`,
    `timeouts: { drain: ${drain} }`,
    'telemetry: { logs: { sinks: [] } }',
    `services: { up: { endpoints: ["http://127.0.0.1:${(service.address() as net.AddressInfo).port}"] } }`,
    'routes:',
    '  ok: { match: GET /ok, reply: { status: 200, body: ok } }',
    '  all: { match: "/{rest...}", service: up }',
  ].join('\n')

/** A stream or a tunnel as its client sees it. */
class Held {
  readonly socket: net.Socket
  text = ''
  over = ''
  #wake = (): void => {}

  constructor(port: number, head: string) {
    this.socket = net.connect(port, '127.0.0.1', () => this.socket.write(head))
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.latin1Slice()
      this.#wake()
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.over = error.code ?? 'error'))
    this.socket.on('end', () => (this.over ||= 'FIN'))
    this.socket.on('close', () => {
      this.over ||= 'closed'
      this.#wake()
    })
  }

  async has(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      assert.equal(this.over, '')
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const tunnel = (port: number): Held => new Held(port, `GET /ws HTTP/1.1\r\nhost: a\r\n${upgrade}${key}\r\n`)
const events = (port: number): Held => new Held(port, 'GET /events HTTP/1.1\r\nhost: a\r\n\r\n')

async function held(port: number): Promise<{ tunnels: Held[]; streams: Held[]; all: Held[] }> {
  const tunnels = Array.from({ length: 8 }, () => tunnel(port))
  const sse = Array.from({ length: 4 }, () => events(port))
  await Promise.all([...tunnels.map((one) => one.has('101 ')), ...sse.map((one) => one.has('200 '))])
  return { tunnels, streams: sse, all: [...tunnels, ...sse] }
}

/** Something passes through each of them, in both directions where there are two. */
async function alive({ tunnels, streams: sse }: { tunnels: Held[]; streams: Held[] }, word: string): Promise<void> {
  for (const { socket } of tunnels) socket.write(word)
  for (const stream of streams) stream.write(`data: ${word}\n\n`)
  await Promise.all([...tunnels, ...sse].map((one) => one.has(word)))
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

suite('what a reload leaves behind', { concurrency: true, timeout: 30_000 }, () => {
  test('R33 WebSockets and event streams outlive a reload that lowers the number of workers, and end with SIGTERM', async () => {
    await using gateway = await Gateway.start({ yaml: configuration(4, '300ms'), main })
    const kept = await held(gateway.port)
    gateway.configure(configuration(1, '300ms'))
    assert.match(await gateway.reload(), /^reloaded/)
    await gateway.said(/worker \d is leaving and keeps .* until they end/)
    await pause(1_000)
    await alive(kept, 'later')
    const told = [
      ...gateway.log.matchAll(/worker (\d) is leaving and keeps (?:(\d) tunnels?)?(?: and )?(?:(\d) answers?)? until they end/g),
    ]
    assert.equal(new Set(told.map(([, worker]) => worker)).size, told.length)
    assert.doesNotMatch(gateway.log, /still open/)
    gateway.kill('SIGTERM')
    assert.equal((await gateway.exited).code, 143)
    assert.match(gateway.log, /12 requests and streams were still open/)
    for (const { socket } of kept.all) socket.destroy()
  })

  test('R32 a worker that leaves ends its idle connections with a FIN, and the others with their next answer', async () => {
    await using gateway = await Gateway.start({ yaml: configuration(4, '800ms'), main })
    const clients = Array.from({ length: 80 }, () => gateway.connect())
    assert.deepEqual([...new Set(await Promise.all(clients.map((client) => client.get('/ok'))))], ['200 ok'])
    gateway.configure(configuration(1, '800ms'))
    assert.match(await gateway.reload(), /^reloaded/)
    const [asking, silent] = [clients.slice(0, 40), clients.slice(40)]
    assert.deepEqual([...new Set(await Promise.all(asking.map((client) => client.get('/ok'))))], ['200 ok'])
    const last = asking.filter(({ lastSaidClose }) => lastSaidClose)
    assert.ok(last.length > 0 && last.length < asking.length)
    assert.deepEqual([...new Set(await Promise.all(last.map(({ closed }) => closed)))], ['closed'])
    const ended = await Promise.all(silent.map((client) => Promise.race([client.closed, pause(1_500)])))
    assert.deepEqual(new Set(ended), new Set(['closed', undefined]))
    for (const client of clients) client.close()
  })

  test('R32 connections of a listener that a reload has moved are asked to leave; streams and tunnels stay', async () => {
    const spare = net.createServer().listen(0, '127.0.0.1')
    await once(spare, 'listening')
    const { port } = spare.address() as net.AddressInfo
    await new Promise((resolve) => spare.close(resolve))
    await using gateway = await Gateway.start({ yaml: configuration(2, '800ms'), main })
    const kept = await held(gateway.port)
    const [asking, silent] = [gateway.connect(), gateway.connect()]
    assert.deepEqual([await asking.get('/ok'), await silent.get('/ok')], ['200 ok', '200 ok'])
    assert.equal(asking.lastSaidClose, false)
    const traffic = load(gateway, 4, '/ok')
    gateway.configure(configuration(2, '800ms'), `web: { address: 127.0.0.1, port: ${port} }`)
    assert.match(await gateway.reload(), /^reloaded/)
    assert.equal(await asking.get('/ok'), '200 ok')
    assert.equal(asking.lastSaidClose, true)
    assert.equal(await asking.closed, 'closed')
    assert.equal(await silent.closed, 'closed')
    await alive(kept, 'moved')
    const moved = gateway.connect(port)
    assert.equal(await moved.get('/ok'), '200 ok')
    assert.equal(moved.lastSaidClose, false)
    moved.close()
    // Whoever has come back to the old address since is refused.
    assert.deepEqual(new Set((await traffic.stop()).failed), new Set(['ECONNREFUSED']))
    for (const { socket } of kept.all) socket.destroy()
  })
})
