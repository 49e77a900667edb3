// A service as a test scripts it: reads what the gateway sends by the strict reader, keeps it, and answers by a function. Over TCP or in
// memory, the same.
import net from 'node:net'
import { MemoryDialer, SocketPeer } from './peer.ts'
import type { Peer } from './peer.ts'
import type { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { readRequests, unfinishedHead, valueOf } from './strict-message.ts'
import type { StrictRequest } from './strict-message.ts'

/** One connection that the gateway opened. */
export interface ServiceConnection {
  readonly peer: Peer
  /** From 0, in the order of opening. */
  readonly index: number
  readonly port: number
  /** Whole requests so far. */
  readonly requests: readonly StrictRequest[]
}

export interface ServiceScript {
  /** A whole request came. Answers by writing to the peer. */
  onRequest(connection: ServiceConnection, request: StrictRequest): void
  /** A head came whose body is not whole. */
  onHead?(connection: ServiceConnection, head: string): void
  onConnection?(connection: ServiceConnection): void
}

/** 200 with the request's `x-canary` and path as its body: an answer that names its caller. */
export function canaryAnswer(request: StrictRequest): string {
  const body = `${request.method} ${request.target} ${valueOf(request, 'x-canary') ?? '-'}`
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${request.method === 'HEAD' ? '' : body}`
}

/** Answers everything with its canary, and an expectation with 100. */
export const canaryScript: ServiceScript = {
  onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)),
  onHead: ({ peer }, head) => {
    if (/^expect:/im.test(head)) peer.write('HTTP/1.1 100 Continue\r\n\r\n')
  },
}

/** Everything that the gateway sent to one service. */
export class Service {
  readonly connections: (ServiceConnection & { readonly requests: StrictRequest[] })[] = []
  /** Bytes that the strict reader did not take for a request. */
  readonly problems: string[] = []
  script: ServiceScript
  port = 0
  #server: net.Server | undefined = undefined

  constructor(script: ServiceScript) {
    this.script = script
  }

  /** All whole requests, connection by connection. */
  get requests(): StrictRequest[] {
    return this.connections.flatMap(({ requests }) => requests)
  }

  take(peer: Peer, port: number): void {
    const connection = { peer, index: this.connections.length, port, requests: [] as StrictRequest[] }
    this.connections.push(connection)
    let headOf = -1
    peer.onChange = () => {
      const { messages, rest, problem } = readRequests(peer.received)
      if (problem !== '' && !this.problems.includes(problem)) this.problems.push(problem)
      for (const request of messages.slice(connection.requests.length)) {
        connection.requests.push(request)
        this.script.onRequest(connection, request)
      }
      if (rest !== '' && problem === '' && headOf !== messages.length && unfinishedHead(peer.received) !== undefined) {
        headOf = messages.length
        this.script.onHead?.(connection, rest.slice(0, rest.indexOf('\r\n\r\n') + 4))
      }
    }
    this.script.onConnection?.(connection)
  }

  dialer(network: MemoryNetwork): MemoryDialer {
    return new MemoryDialer(network, (peer, port) => this.take(peer, port))
  }

  /** Listens on a free port of 127.0.0.1. */
  listen(): Promise<this> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.take(new SocketPeer(socket), this.port))
    this.#server = server
    return new Promise((resolve) =>
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, () => {
        this.port = (server.address() as net.AddressInfo).port
        resolve(this)
      }),
    )
  }

  async end(): Promise<void> {
    const server = this.#server
    const closed = server === undefined ? undefined : new Promise((resolve) => server.close(resolve))
    for (const { peer } of this.connections) if (peer.closed === undefined) peer.destroy()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}
