// WebSockets through the gateway, with the `ws` package on both sides: frames pass as they came.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type ClientOptions, type RawData, WebSocket, WebSocketServer } from 'ws'
import { GatewayProcess } from './gateway-process.ts'

const MIB = 1024 * 1024

let service: WebSocketServer
let gateway: GatewayProcess
/** The last WebSocket that the service accepted, and the handshake that it came with. */
let accepted: WebSocket
let handshake: IncomingMessage

before(async () => {
  service = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload: 8 * MIB,
    perMessageDeflate: { threshold: 0 },
    handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
  })
  service.on('connection', (socket, request) => {
    accepted = socket
    handshake = request
    socket.on('error', () => {})
    socket.on('message', (data, binary) => {
      const text = binary ? '' : (data as Buffer).toString()
      if (text.startsWith('close ')) socket.close(Number(text.slice(6)), 'as asked')
      else if (text === 'terminate') socket.terminate()
      else socket.send(data, { binary })
    })
  })
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  gateway = await GatewayProcess.start({
    yaml: `
services:
  echo: { endpoints: ["http://127.0.0.1:${port}"] }
routes:
  echo: { match: "/echo/{rest...}", service: echo }
  plain: { match: GET /plain, reply: { status: 200, body: plain } }
`,
  })
})

after(async () => {
  for (const socket of service.clients) socket.terminate()
  service.close()
  await gateway[Symbol.asyncDispose]()
})

/** An open WebSocket through the gateway, with an inbox. */
async function open(path = '/echo/', options: ClientOptions = {}, protocols: string[] = []): Promise<Client> {
  const client = new Client(new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, protocols, { perMessageDeflate: false, ...options }))
  await once(client.socket, 'open')
  return client
}

class Client implements Disposable {
  readonly socket: WebSocket
  readonly #inbox: [data: Buffer, binary: boolean][] = []
  #waiting: (() => void) | undefined

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: RawData, binary: boolean) => {
      this.#inbox.push([data as Buffer, binary])
      this.#waiting?.()
    })
  }

  async next(): Promise<[data: Buffer, binary: boolean]> {
    for (;;) {
      const message = this.#inbox.shift()
      if (message !== undefined) return message
      await new Promise<void>((resolve) => (this.#waiting = resolve))
    }
  }

  async closed(): Promise<[code: number, reason: string]> {
    const [code, reason] = (await once(this.socket, 'close')) as [number, Buffer]
    return [code, reason.toString()]
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}

test('text and binary messages of every length class are echoed as they were', async () => {
  using client = await open()
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
    const bytes = randomBytes(length)
    client.socket.send(bytes)
    assert.deepEqual(await client.next(), [bytes, true])
    const text = bytes.toString('base64')
    client.socket.send(text)
    assert.deepEqual(await client.next(), [Buffer.from(text), false])
  }
})

test('a message of 1 MiB in fragments arrives whole, with a ping between its fragments', async () => {
  using client = await open()
  const bytes = randomBytes(MIB)
  const ponged = once(client.socket, 'pong')
  for (let at = 0; at < MIB; at += 4_096) {
    client.socket.send(bytes.subarray(at, at + 4_096), { fin: at + 4_096 >= MIB, binary: true })
    if (at === MIB / 2) client.socket.ping('between')
  }
  const [data, binary] = await client.next()
  assert.equal(Buffer.compare(data, bytes), 0)
  assert.equal(binary, true)
  assert.equal(String((await ponged)[0]), 'between')
})

test('1,000 messages sent at once come back in order', async () => {
  using client = await open()
  for (let i = 0; i < 1_000; i++) client.socket.send(`message ${i}`)
  for (let i = 0; i < 1_000; i++) assert.equal(String((await client.next())[0]), `message ${i}`)
})

test('pings and pongs pass in both directions with their payload', async () => {
  using client = await open()
  const ponged = once(client.socket, 'pong')
  client.socket.ping('from the client')
  assert.equal(String((await ponged)[0]), 'from the client')
  const pinged = once(client.socket, 'ping')
  const answered = once(accepted, 'pong')
  accepted.ping('from the service')
  assert.equal(String((await pinged)[0]), 'from the service')
  assert.equal(String((await answered)[0]), 'from the service')
})

test('permessage-deflate is agreed between client and service, and the gateway leaves it alone', async () => {
  using client = await open('/echo/', { perMessageDeflate: { threshold: 0 } })
  assert.match(client.socket.extensions, /permessage-deflate/)
  const text = 'tide '.repeat(50_000)
  client.socket.send(text)
  assert.equal(String((await client.next())[0]), text)
  using plain = await open()
  assert.equal(plain.socket.extensions, '')
})

test('a subprotocol is agreed between client and service', async () => {
  using client = await open('/echo/', {}, ['chat.v1', 'chat.v2'])
  assert.equal(client.socket.protocol, 'chat.v2')
})

test('the handshake arrives with path, query, origin and cookies, and with what the gateway asserts', async () => {
  using client = await open('/echo/room/7?token=a%20b', {
    origin: 'https://app.saas.test',
    headers: { cookie: 'session=1', 'x-forwarded-for': '6.6.6.6' },
  })
  assert.equal(client.socket.readyState, WebSocket.OPEN)
  const { url, headers } = handshake
  assert.equal(url, '/echo/room/7?token=a%20b')
  assert.equal(headers.origin, 'https://app.saas.test')
  assert.equal(headers.cookie, 'session=1')
  assert.equal(headers.host, `127.0.0.1:${gateway.port}`)
  assert.equal(headers['x-forwarded-for'], '127.0.0.1')
  assert.equal(headers['sec-websocket-version'], '13')
})

for (const code of [1000, 1001, 1008, 1011, 3000, 4999])
  test(`close code ${code} passes from the service to the client`, async () => {
    using client = await open()
    client.socket.send(`close ${code}`)
    assert.deepEqual(await client.closed(), [code, 'as asked'])
  })

test('a close code passes from the client to the service', async () => {
  using client = await open()
  const closed = once(accepted, 'close')
  client.socket.close(4_321, 'bye')
  const [code, reason] = await closed
  assert.deepEqual([code, String(reason)], [4_321, 'bye'])
})

test('a service that goes without a close frame leaves the client without one', async () => {
  using client = await open()
  client.socket.send('terminate')
  assert.equal((await client.closed())[0], 1006)
})

test('a client that goes without a close frame is gone for the service at once', async () => {
  using client = await open()
  const closed = once(accepted, 'close')
  const at = performance.now()
  client.socket.terminate()
  assert.equal((await closed)[0], 1006)
  assert.ok(performance.now() - at < 1_000)
})

test('a route that answers by itself, and one that does not exist, open no tunnel', async () => {
  for (const [path, status] of [
    ['/plain', 200],
    ['/none', 404],
  ] as const) {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`)
    socket.on('error', () => {})
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    assert.equal(response.statusCode, status)
    response.destroy()
  }
})

test('100 WebSockets at once each get their own messages', async () => {
  const clients = await Promise.all(Array.from({ length: 100 }, () => open()))
  await Promise.all(
    clients.map(async (client, i) => {
      for (let n = 0; n < 20; n++) client.socket.send(`${i}:${n}`)
      for (let n = 0; n < 20; n++) assert.equal(String((await client.next())[0]), `${i}:${n}`)
    }),
  )
  const gone = clients.map((client) => client.closed())
  for (const client of clients) client.socket.close(1000)
  for (const [code] of await Promise.all(gone)) assert.equal(code, 1000)
})
