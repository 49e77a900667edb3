// A service over plain node:http that keeps what it received, and answers by path: what clients are tried against.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

export interface Received {
  readonly method: string
  readonly target: string
  readonly version: string
  /** Names as they came, and values, alternating. */
  readonly rawFields: readonly string[]
  readonly fields: IncomingMessage['headers']
  /** Of the body. */
  length: number
  sha256: string
  trailers: NodeJS.Dict<string>
  /** The body ended as its framing promised. */
  whole: boolean
  /** Its connection went before the answer was complete. */
  aborted: boolean
}

/** A file that is served, with `Range` and conditions; more than curl takes in one turn (10 MB), so that it can hold back. */
export const FILE = randomBytes(16 * 1024 * 1024)
export const ETAG = '"tide-1"'
const MODIFIED = 'Tue, 03 Nov 2026 08:00:00 GMT'

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

export class Recorder implements AsyncDisposable {
  /** In the order in which their heads came. */
  received: Received[] = []
  readonly #server: Server
  #failures = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response, false))
    this.#server.on('checkContinue', (request, response) => void this.#serve(request, response, true))
  }

  static async start(): Promise<Recorder> {
    const recorder = new Recorder()
    recorder.#server.listen(0, '127.0.0.1')
    await once(recorder.#server, 'listening')
    return recorder
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get last(): Received {
    const last = this.received.at(-1)
    if (last === undefined) throw new Error('nothing was received')
    return last
  }

  reset(): void {
    this.received = []
    this.#failures = 0
  }

  async #serve(request: IncomingMessage, response: ServerResponse, expects: boolean): Promise<void> {
    const entry: Received = {
      method: request.method ?? '',
      target: request.url ?? '',
      version: request.httpVersion,
      rawFields: request.rawHeaders,
      fields: request.headers,
      length: 0,
      sha256: '',
      trailers: {},
      whole: false,
      aborted: false,
    }
    this.received.push(entry)
    response.on('close', () => (entry.aborted = !response.writableFinished))
    const path = entry.target.replace(/[?].*$/, '')
    if (path === '/refuse') return void response.writeHead(413, { 'content-length': 9 }).end('too large')
    if (expects) {
      await sleep(path === '/patient' ? 300 : 0)
      response.writeContinue()
    }
    const hash = createHash('sha256')
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        entry.length += chunk.length
        hash.update(chunk)
      }
    } catch {
      return
    }
    entry.whole = request.complete
    entry.sha256 = hash.digest('hex')
    entry.trailers = request.trailers
    await this.#answer(path, entry, request, response)
  }

  async #answer(path: string, entry: Received, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind = '', argument = ''] = path.split('/')
    switch (kind) {
      case 'file':
        return file(request, response)
      case 'status':
        return void response.writeHead(Number(argument), { 'x-kind': 'status' }).end()
      case 'move':
        return void response
          .writeHead(Number(argument), { location: path.endsWith('/loop') ? path : '/echo/moved', 'content-length': 0 })
          .end()
      case 'chunked': {
        for (let i = 0; i < Number(argument); i++) {
          response.write(`part ${i}\n`)
          await sleep(5)
        }
        return void response.end()
      }
      case 'endless': {
        response.writeHead(200, { 'content-type': 'application/octet-stream' })
        while (!response.destroyed) {
          response.write(Buffer.alloc(1_024))
          await sleep(10)
        }
        return
      }
      case 'trailers':
        response.writeHead(200, { trailer: 'x-checksum' })
        response.write('with a trailer')
        response.addTrailers({ 'x-checksum': 'c0ffee' })
        return void response.end()
      case 'gzip': {
        if (!String(request.headers['accept-encoding']).includes('gzip')) return void response.end('plain')
        const body = gzipSync('compressed '.repeat(1_000))
        return void response
          .writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length, vary: 'accept-encoding' })
          .end(body)
      }
      case 'cookies':
        return void response.writeHead(200, { 'set-cookie': ['a=1; Path=/', 'b=2; Path=/; HttpOnly'] }).end()
      case 'digest': {
        if (request.headers.authorization?.startsWith('Digest ') === true) return void response.end('welcome')
        const challenge = 'Digest realm="tide", nonce="b4f1", qop="auth", algorithm=SHA-256'
        return void response.writeHead(401, { 'www-authenticate': challenge, 'content-length': 0 }).end()
      }
      case 'flaky':
        if (this.#failures++ < 2) return void response.writeHead(503, { 'retry-after': '1', 'content-length': 0 }).end()
        return void response.end('third time lucky')
      default: {
        const body = JSON.stringify({ method: entry.method, target: entry.target, length: entry.length })
        return void response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

function file(request: IncomingMessage, response: ServerResponse): void {
  const common = { etag: ETAG, 'last-modified': MODIFIED, 'accept-ranges': 'bytes' }
  const since = request.headers['if-modified-since']
  if (request.headers['if-none-match'] === ETAG || (since !== undefined && Date.parse(since) >= Date.parse(MODIFIED)))
    return void response.writeHead(304, common).end()
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '')
  if (range === null) return void response.writeHead(200, { ...common, 'content-length': FILE.length }).end(FILE)
  const [, from = '', to = ''] = range
  const start = from === '' ? FILE.length - Number(to) : Number(from)
  const end = from === '' || to === '' ? FILE.length - 1 : Math.min(Number(to), FILE.length - 1)
  if (start >= FILE.length)
    return void response.writeHead(416, { ...common, 'content-range': `bytes */${FILE.length}`, 'content-length': 0 }).end()
  const fields = { ...common, 'content-range': `bytes ${start}-${end}/${FILE.length}`, 'content-length': end - start + 1 }
  response.writeHead(206, fields).end(FILE.subarray(start, end + 1))
}
