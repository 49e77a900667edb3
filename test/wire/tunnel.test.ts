// WebSockets and server-sent events over sockets: tunnels after a right 101 only (A6, A82), bytes unread and backpressured (A84), events
// as they come.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'
import { Gateway } from '../harness/gateway.ts'
import { statuses, withClient } from '../harness/memory-stage.ts'
import type { MemoryStage } from '../harness/memory-stage.ts'
import { connectTcp } from '../harness/peer.ts'
import type { Peer } from '../harness/peer.ts'
import { Service } from '../harness/service.ts'
import type { ServiceConnection, ServiceScript } from '../harness/service.ts'
import type { Wire } from '../../src/net/wire.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const UPGRADE = `GET /ws HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`
const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

describe('WebSockets, by another implementation', () => {
  async function sockets(run: (server: WebSocketServer, open: () => Promise<WebSocket>, gateway: Gateway) => Promise<void>): Promise<void> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 64 * 1_048_576 })
    await once(server, 'listening')
    await using gateway = await new Gateway({ endpoints: [(server.address() as net.AddressInfo).port] }).listen()
    const opened: WebSocket[] = []
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`, { maxPayload: 64 * 1_048_576 })
      opened.push(socket)
      await once(socket, 'open')
      return socket
    }
    await run(server, open, gateway)
    for (const socket of opened) socket.terminate()
    server.close()
  }

  test('frames of every length pass both ways, in order and unchanged', () =>
    sockets(async (server, open) => {
      server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data as Buffer, { binary })))
      const socket = await open()
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 65_537, 1_048_576, 16 * 1_048_576]) {
        const sent = randomBytes(size)
        const back = once(socket, 'message')
        socket.send(sent)
        const [data] = (await back) as [Buffer]
        assert.equal(sha(data), sha(sent), `${size} bytes`)
      }
    }))

  test('both sides send at once, and pings and closes pass', () =>
    sockets(async (server, open, gateway) => {
      const received: string[] = []
      let closed: readonly [number, string] = [0, '']
      server.on('connection', (socket) => {
        for (let i = 0; i < 200; i++) socket.send(`down ${i}`)
        socket.on('message', (data) => received.push((data as Buffer).toString()))
        socket.on('close', (code, reason) => (closed = [code, reason.toString()]))
      })
      const messages: string[] = []
      const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`)
      socket.on('message', (data) => messages.push((data as Buffer).toString()))
      await once(socket, 'open')
      for (let i = 0; i < 200; i++) socket.send(`up ${i}`)
      socket.ping('x')
      await once(socket, 'pong')
      while (messages.length < 200 || received.length < 200) await setTimeout(1)
      assert.deepEqual([messages.at(-1), received.at(-1)], ['down 199', 'up 199'])
      socket.close(4_321, 'done')
      await once(socket, 'close')
      while (closed[0] === 0) await setTimeout(1)
      assert.deepEqual(closed, [4_321, 'done'])
      while (gateway.ended.length === 0) await setTimeout(1)
      assert.deepEqual([gateway.plane.tunnels, gateway.upstreamOpen, gateway.ended[0]?.outcome.status], [0, 0, 101])
      void open
    }))
})

async function stage(
  options: ConstructorParameters<typeof MemoryStage>[1],
  run: (made: MemoryStage, client: ReturnType<MemoryStage['client']>, far: () => ServiceConnection['peer']) => Promise<void>,
): Promise<void> {
  const mute: ServiceScript = { onRequest({ peer }) { peer.onChange = () => {} } } // prettier-ignore
  const far = (made: MemoryStage) => (): ServiceConnection['peer'] => (made.service.connections[0] as ServiceConnection).peer
  await withClient(mute, (made, client) => run(made, client, far(made)), options)
}

describe('A6 A82 a tunnel is not opened by', () => {
  const wrong: readonly (readonly [what: string, bytes: string, status: number])[] = [
    ['a wrong accept', SWITCH.replace(ACCEPT, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='), 502],
    ['no accept', SWITCH.replace(/Sec.*\r\n(?=\r\n)/, ''), 502],
    ['101 to another protocol', SWITCH.replace('Upgrade: websocket', 'Upgrade: h2c'), 502],
    ['101 without Upgrade', SWITCH.replace('Upgrade: websocket\r\n', ''), 502],
    ['101 without Connection: Upgrade', SWITCH.replace(/Connection: .*\r\n/i, ''), 502],
    ['101 whose Connection says something else', SWITCH.replace(/Connection: .*\r\n/i, 'Connection: keep-alive\r\n'), 502],
    ['101 in HTTP/1.0', SWITCH.replace('HTTP/1.1', 'HTTP/1.0'), 502],
    ['426', 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno', 426],
    ['200 that says Upgrade', 'HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno', 200],
    ['101 without having been asked', SWITCH, 502],
  ]
  for (const [what, bytes, status] of wrong) {
    test(`${what}: ${status}, and both connections end`, () =>
      stage({}, async (made, client, far) => {
        client.write(what.endsWith('asked') ? 'GET /ws HTTP/1.1\r\nHost: gw.test\r\n\r\n' : UPGRADE)
        await made.settle()
        // What the client sends ahead is held, and never read as a request (A6).
        client.write('GET /smuggled HTTP/1.1\r\nHost: gw.test\r\n\r\n')
        await made.settle()
        far().write(bytes)
        await made.settle()
        assert.equal(statuses(client)[0], status)
        assert.equal(made.gateway.plane.tunnels, 0)
        assert.ok(far().ended || far().closed !== undefined, 'the connection to the service was kept')
        if (what.endsWith('asked')) return
        assert.ok(client.ended)
        assert.equal(made.service.connections.length, 1)
        assert.ok(!far().received.includes('smuggled'))
      }))
  }

  test('a request that is none (A6): no key, a body, another method, another protocol, HTTP/1.0', async () => {
    const requests: readonly (readonly [string, number])[] = [
      [UPGRADE.replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
      [UPGRADE.replace('\r\n\r\n', '\r\nContent-Length: 4\r\n\r\nbody'), 400],
      [UPGRADE.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), 400],
      [UPGRADE.replace('GET', 'POST'), 400],
    ]
    for (const [request, status] of requests) {
      await stage({}, async (made, client) => {
        client.write(request)
        await made.settle()
        assert.deepEqual([statuses(client), made.service.requests.length], [[status], 0])
      })
    }
    for (const request of [UPGRADE.replace('Upgrade: websocket', 'Upgrade: h2c'), UPGRADE.replace('1.1', '1.0')]) {
      await stage({}, async (made, client, far) => {
        client.write(request)
        await made.settle()
        assert.doesNotMatch(far().received, /upgrade/)
      })
    }
  })
})

describe('A84 a tunnel', () => {
  const open = async (made: MemoryStage, client: Peer, far: () => Peer): Promise<void> => {
    client.write(`${UPGRADE}ahead`)
    await made.settle()
    assert.ok(!far().received.includes('ahead'), 'bytes before the 101 were not held')
    far().write(`${SWITCH}rest`)
    await made.settle()
    assert.ok(client.received.endsWith('\r\n\r\nrest'))
    assert.ok(far().received.endsWith('ahead'))
  }

  for (const side of ['client', 'service'] as const) {
    test(`is backpressured: a ${side} that does not read pauses the other`, () =>
      stage({}, async (made, client, far) => {
        await open(made, client, far)
        const [reader, writer] = side === 'client' ? [client, far()] : [far(), client]
        reader.pause()
        for (let i = 0; i < 128; i++) writer.write(Buffer.alloc(65_536, 'x'))
        await made.settle()
        assert.ok((writer as unknown as { wire: Wire }).wire.unsent > 6 * 1_048_576)
        reader.resume()
        await made.settle()
        assert.ok(reader.received.length > 8 * 1_048_576)
      }))
  }

  test('ends when nothing has moved for `timeouts.stream`, and not before', () =>
    stage({ service: { stream: 10_000 } }, async (made, client, far) => {
      await open(made, client, far)
      for (let i = 0; i < 5; i++) {
        await made.advance(9_000)
        ;(i % 2 === 0 ? client : far()).write('.')
        await made.settle()
      }
      assert.equal(made.gateway.plane.tunnels, 1)
      await made.advance(10_200)
      assert.equal(made.gateway.plane.tunnels, 0)
      assert.ok(client.ended || client.closed !== undefined)
      assert.equal(made.gateway.ended[0]?.outcome.fault, 'upstream_stalled')
    }))

  test('half-closes each way by itself', () =>
    stage({}, async (made, client, far) => {
      await open(made, client, far)
      client.end()
      await made.settle()
      assert.ok(far().ended && !client.ended)
      far().write('still here')
      await made.settle()
      assert.ok(client.received.endsWith('still here'))
      far().end()
      await made.settle()
      assert.ok(client.ended)
      assert.deepEqual([made.gateway.plane.tunnels, made.gateway.upstreamOpen, made.gateway.plane.connections], [0, 0, 0])
    }))

  test('is reset on one side when the other was', () =>
    stage({}, async (made, client, far) => {
      await open(made, client, far)
      far().reset()
      await made.settle()
      assert.notEqual(client.closed ?? (client.ended ? '' : undefined), undefined)
      assert.equal(made.gateway.plane.tunnels, 0)
    }))
})

describe('server-sent events', () => {
  test('come as they are sent: no event waits for the next', async () => {
    let response: http.ServerResponse | undefined
    const server = http.createServer((_, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      response = answer
      answer.write('data: 0\n\n')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await using gateway = await new Gateway({ endpoints: [(server.address() as net.AddressInfo).port] }).listen()
    const client = await connectTcp(gateway.port)
    client.write('GET /events HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    for (let i = 0; i < 20; i++) {
      const at = performance.now()
      await client.until(() => client.received.includes(`data: ${i}\n\n`), `event ${i}`)
      assert.ok(performance.now() - at < 500)
      response?.write(`data: ${i + 1}\n\n`)
    }
    response?.end()
    await client.until(() => statuses(client).length === 1, 'the end of the stream')
    client.destroy()
    server.close()
    server.closeAllConnections()
  })

  for (const when of ['while it waits for events', 'before the first one']) {
    test(`a client that sends a FIN ${when} has left them`, () =>
      stage({}, async (made, client, far) => {
        const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n'
        client.write('GET /events HTTP/1.1\r\nHost: gw.test\r\n\r\n')
        await made.settle()
        if (when.startsWith('while')) far().write(head)
        await made.settle()
        client.end()
        await made.settle()
        if (when.startsWith('before')) far().write(head)
        await made.settle()
        assert.ok(far().closed !== undefined || far().ended, 'the service was not told')
        assert.equal(made.gateway.plane.exchanges, 0)
        assert.ok(client.closed !== undefined)
      }))
  }

  test('a service whose client leaves is told', async () => {
    await using service = await new Service({
      onRequest: ({ peer }) => peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n'),
    }).listen()
    await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
    const client = await connectTcp(gateway.port)
    client.write('GET /events HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    await client.until(() => client.received.endsWith('x\r\n'), 'an event')
    client.reset()
    const { peer } = service.connections[0] as ServiceConnection
    await peer.until(() => peer.ended || peer.closed !== undefined, 'the end')
  })
})
