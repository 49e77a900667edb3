// The living part of a site: events, streams and WebSockets whose every step the test decides, uploads, forms, and an API for other origins.
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'

export class LiveService implements AsyncDisposable {
  /** `METHOD TARGET` of every request, and its body where it is short. */
  readonly received: string[] = []
  /** `Last-Event-ID` of every subscription. */
  readonly subscriptions: (string | undefined)[] = []
  readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'tide.v1' })
  readonly #server: Server
  readonly #steps = new EventEmitter()
  #subscriber: ServerResponse | undefined
  #events = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('upgrade', (request, socket, head) =>
      this.sockets.handleUpgrade(request, socket, head, (accepted) => {
        accepted.on('message', (data, binary) => accepted.send(data, { binary }))
      }),
    )
  }

  static async start(): Promise<LiveService> {
    const service = new LiveService()
    service.#server.listen(0, '127.0.0.1')
    await once(service.#server, 'listening')
    return service
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Sends an event to whoever listens. */
  tell(data: string): void {
    this.#subscriber?.write(`id: ${++this.#events}\ndata: ${data}\n\n`)
  }

  /** Ends the stream of events; a browser comes back. */
  hangUp(): void {
    this.#subscriber?.end()
    this.#subscriber = undefined
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? ''
    const body = await buffer(request)
    this.received.push(`${request.method} ${target}${body.length > 0 && body.length < 100 ? ` ${body.toString()}` : ''}`)
    switch (target.replace(/\?.*$/, '')) {
      case '/live/events': {
        this.subscriptions.push(request.headers['last-event-id'] as string | undefined)
        this.#subscriber = response
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        return void response.write('retry: 100\n\n')
      }
      case '/live/stream': {
        for (const part of ['one ', 'two ', 'three']) {
          response.write(part)
          await once(this.#steps, 'go on')
        }
        return void response.end()
      }
      case '/live/go-on':
        this.#steps.emit('go on')
        return void response.writeHead(204).end()
      case '/live/upload':
        return void response.end(createHash('sha256').update(body).digest('hex'))
      case '/live/form':
        return void response.writeHead(303, { location: '/', 'set-cookie': 'note=kept; Path=/' }).end()
      case '/live/beacon':
        return void response.writeHead(204).end()
      default: {
        const fields = { 'content-type': 'text/plain', 'x-answer': 'seen', 'x-hidden': 'unseen' }
        // A service's own opinion of other origins must not survive the policy of the gateway.
        const own = target.startsWith('/api/') ? { 'access-control-allow-origin': '*' } : {}
        return void response
          .writeHead(200, { ...fields, ...own })
          .end(`${request.method} ${target} ${request.headers.cookie ?? ''}`.trimEnd())
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}
