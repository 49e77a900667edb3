// What `node:http` makes of a client's bytes, and of a service's: a real server and a real client on loopback.
import http from 'node:http'
import net from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { canonicalHost, canonicalTarget, framingOf, pairs } from './http1-verdict.ts'
import type { Reading } from './http1-verdict.ts'

/** Above every limit of ours, so that node never refuses for size what we take. */
const MAX_HEADER_SIZE = 262_144
/** A reader that has not taken the bytes by then has stopped for a reason that nobody thought of. */
const STUCK_MS = 5_000

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port
const listening = (server: net.Server): Promise<void> =>
  new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, resolve))

/** Ends a connection, by a reset where that is possible: half a minute of closed connections would else use up the ports. */
function drop(socket: net.Socket): void {
  if (socket.destroyed) return
  // A reset while a FIN is on its way is refused by libuv, and the handle then never closes.
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** Resolves when `done` holds and what it brought has been told. */
async function until(done: () => boolean, what: string): Promise<void> {
  const end = performance.now() + STUCK_MS
  while (!done()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`)
    await setImmediate()
  }
  // The end of a body is told a tick after its bytes, a fault of what follows in the turn after.
  for (let turns = 0; turns < 3; turns++) await setImmediate()
}

/** What the server saw on one connection. */
interface Session {
  readonly readings: Reading[]
  readonly socket: net.Socket
  /** Nothing more is read. */
  over: boolean
}

/** A server that takes every request, to the end of its body. */
export class NodeServer {
  // By the client's port, until it is looked for: ports come again.
  #arrived = new Map<number, Session>()
  #sessions = new WeakMap<object, Session>()
  #server: http.Server

  constructor() {
    this.#server = http.createServer({ maxHeaderSize: MAX_HEADER_SIZE, insecureHTTPParser: false }, (request, response) =>
      this.#take(request, response),
    )
    this.#server.on('connection', (socket) => {
      const session: Session = { readings: [], socket, over: false }
      this.#sessions.set(socket, session)
      this.#arrived.set(socket.remotePort as number, session)
    })
    this.#server.on('clientError', (_error, socket) => {
      this.#of(socket).over = true
      drop(socket as net.Socket)
    })
    // An expectation that it does not know is an answer of 417, and the request never taken.
    this.#server.on('checkExpectation', (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.#of(request.socket).over = true
      response.writeHead(417).end()
    })
  }

  listen(): Promise<void> {
    return listening(this.#server)
  }

  #of(socket: object): Session {
    return this.#sessions.get(socket) as Session
  }

  #take(request: http.IncomingMessage, response: http.ServerResponse): void {
    const session = this.#of(request.socket)
    if (session.over) return void response.end()
    const at = session.readings.length
    const fields = pairs(request.rawHeaders)
    const { method = '', url = '' } = request
    // The authority of an absolute-form counts, not the Host beside it (RFC 9112 §3.2.2).
    const authority = /^http:\/\/([^/?]*)/i.exec(url)?.[1] ?? fields.find(([name]) => name === 'host')?.[1] ?? ''
    const start = `${method} ${canonicalTarget(url)} ${canonicalHost(authority)}`
    let body = ''
    const tell = (state: Reading['state']): void => {
      session.readings[at] = { start, framing: framingOf(fields, 'none'), fields, body, state }
    }
    tell('open')
    request.on('data', (chunk: Buffer) => (body += chunk.latin1Slice()))
    request.on('error', () => tell('broken'))
    request.on('end', () => {
      tell(request.complete ? 'whole' : 'broken')
      response.end()
    })
  }

  /** The requests in `raw`, sent at once on a connection of its own, with FIN behind it if `fin`. */
  async read(raw: string, fin: boolean): Promise<Reading[]> {
    const bytes = Buffer.from(raw, 'latin1')
    const client = net.connect({ port: portOf(this.#server), host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    client.on('error', () => {}).resume()
    await new Promise<void>((resolve, reject) => client.once('connect', resolve).once('error', reject))
    const { localPort = 0 } = client
    client.write(bytes)
    if (fin) client.end()
    try {
      await until(
        () => {
          const session = this.#arrived.get(localPort)
          return session !== undefined && (session.over || session.socket.destroyed || session.socket.bytesRead === bytes.length)
        },
        `the end of ${JSON.stringify(raw)}`,
      )
      return this.#arrived.get(localPort)?.readings ?? []
    } finally {
      this.#arrived.delete(localPort)
      drop(client)
    }
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

interface Answered {
  readonly raw: string
  readonly fin: boolean
  /** Everything was handed to the kernel. */
  sent: boolean
}

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** A client, and a service that answers each of its requests with the bytes that are looked at. */
export class NodeClient {
  // By the path that asks for them.
  #answers = new Map<string, Answered>()
  #asked = 0
  #service: net.Server

  constructor() {
    this.#service = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      let text = ''
      socket.on('error', () => {})
      socket.on('end', () => socket.end())
      socket.on('data', (chunk: Buffer) => {
        text += chunk.latin1Slice()
        const answer = text.includes('\r\n\r\n') ? this.#answers.get(text.split(' ', 2)[1] as string) : undefined
        if (answer === undefined) return
        socket.write(Buffer.from(answer.raw, 'latin1'))
        if (answer.fin) socket.end()
        answer.sent = true
      })
    })
  }

  listen(): Promise<void> {
    return listening(this.#service)
  }

  /** The answer in `raw` to a request by `method`, with FIN behind it if `fin`; nothing when its head is refused or not whole. */
  async read(raw: string, method: string, upgrade: boolean, fin: boolean): Promise<Reading[]> {
    const path = `/${this.#asked++}`
    const sent: Answered = { raw, fin, sent: false }
    this.#answers.set(path, sent)
    const headers = { Host: 'gw.test', Connection: 'keep-alive', ...(upgrade ? UPGRADE : {}) }
    const request = http.request({
      host: '127.0.0.1',
      port: portOf(this.#service),
      method,
      path,
      headers,
      agent: false,
      maxHeaderSize: MAX_HEADER_SIZE,
    })
    let reading: Reading | undefined
    let interim = 0
    let over = false
    const begin = (response: http.IncomingMessage, framing: string, state: Reading['state']): void => {
      reading = { start: `${response.statusCode} after ${interim}`, framing, fields: pairs(response.rawHeaders), body: '', state }
    }
    const change = (made: Partial<Reading>): void => {
      if (reading !== undefined) reading = { ...reading, ...made }
    }
    request.on('information', () => interim++)
    request.on('upgrade', (response, socket) => {
      begin(response, 'none', 'whole')
      over = true
      socket.destroy()
    })
    request.on('error', () => {
      over = true
      if (reading?.state === 'open') change({ state: 'broken' })
    })
    request.on('response', (response) => {
      const bodiless = method === 'HEAD' || response.statusCode === 204 || response.statusCode === 304
      begin(response, bodiless ? 'none' : framingOf(pairs(response.rawHeaders), 'close'), 'open')
      response.on('data', (chunk: Buffer) => change({ body: (reading?.body ?? '') + chunk.latin1Slice() }))
      response.on('error', () => change({ state: 'broken' }))
      response.on('end', () => {
        change({ state: response.complete ? 'whole' : 'broken' })
        over = true
      })
    })
    let socket: net.Socket | undefined
    request.on('socket', (given) => (socket = given))
    request.end()
    const taken = (): boolean => socket?.destroyed === true || (!fin && socket?.bytesRead === raw.length)
    try {
      await until(() => over || (sent.sent && taken()), `the end of ${JSON.stringify(raw)}`)
    } finally {
      request.destroy()
      if (socket !== undefined) drop(socket)
      this.#answers.delete(path)
    }
    return reading === undefined ? [] : [reading]
  }

  end(): Promise<void> {
    return new Promise((resolve) => this.#service.close(() => resolve()))
  }
}
