// A gateway between real sockets that can be asked how much of a connection it has read: bytes written in two pieces come as two reads only
// if the second is written after the first was read. Beside the client that is looked at there is always another one.
import assert from 'node:assert/strict'
import net from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { SocketWire } from '../../src/net/socket.ts'
import type { Wire, WireHandler } from '../../src/net/wire.ts'
import { tcpDialer } from '../../src/upstream/dial.ts'
import { Gateway } from '../harness/gateway.ts'
import { connectTcp } from '../harness/peer.ts'
import type { Peer, SocketPeer } from '../harness/peer.ts'
import { Service } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import { readResponses } from '../harness/strict-message.ts'

/** What is not read by then is not read for a reason. */
const READ_MS = 2_000

/** What stands behind an accepted socket, and goes on counting when another socket has taken it over. */
interface Handle {
  readonly bytesRead: number
}

let canaries = 0

export class SocketStage {
  readonly service: Service
  /** Connections to the service, in the order of dialling. */
  readonly #dialled: SocketWire[] = []
  // By the client's port.
  readonly #accepted = new Map<number, Handle>()
  readonly #clients: SocketPeer[] = []
  #gateway!: Gateway
  #server!: net.Server
  #other!: SocketPeer

  private constructor(script: ServiceScript) {
    this.service = new Service(script)
  }

  static async open(script: ServiceScript): Promise<SocketStage> {
    const stage = new SocketStage(script)
    await stage.service.listen()
    const dialer = {
      dial: (host: string, port: number, handler: WireHandler): Wire => {
        const wire = tcpDialer.dial(host, port, handler)
        assert.ok(wire instanceof SocketWire)
        stage.#dialled.push(wire)
        return wire
      },
    }
    stage.#gateway = new Gateway({ endpoints: [stage.service.port], dialer })
    // Not the gateway's own `listen`: the handle is what can still be asked once the socket has been taken over.
    stage.#server = net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      stage.#accepted.set(socket.remotePort as number, (socket as unknown as { _handle: Handle })._handle)
      stage.#gateway.plane.accept(socket)
    })
    await new Promise<void>((resolve) => stage.#server.listen({ port: 0, host: '127.0.0.1' }, resolve))
    stage.#other = await stage.client()
    return stage
  }

  async client(): Promise<SocketPeer> {
    const client = await connectTcp((this.#server.address() as net.AddressInfo).port)
    this.#clients.push(client)
    return client
  }

  /** Resolves when the gateway has read so many bytes of the client, or will read no more of it. */
  readOfClient(client: SocketPeer, bytes: number): Promise<void> {
    const port = client.socket.localPort as number
    return this.#until(() => client.ended || client.closed !== undefined || (this.#accepted.get(port)?.bytesRead ?? 0) >= bytes)
  }

  /** Bytes that the gateway has read of the first connection to the service. */
  get readOfService(): number {
    return this.#dialled[0]?.socket.bytesRead ?? 0
  }

  /** Resolves when the gateway has read so many bytes of the first connection to the service, or has ended it. */
  readFromService(bytes: number): Promise<void> {
    return this.#until(() => this.#dialled[0]?.socket.destroyed === true || this.readOfService >= bytes)
  }

  async #until(done: () => boolean): Promise<void> {
    const end = performance.now() + READ_MS
    while (!done()) {
      assert.ok(performance.now() < end, 'the gateway has not read the first piece')
      await setImmediate()
    }
  }

  /** The other client asks, and must get its own answer. */
  async canary(where: string): Promise<void> {
    await expectCanary(this.#other, 'GET', '/canary', `another client's answer ${where}`)
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    await this.#gateway.end()
    await this.service.end()
    await closed
  }
}

/** Asks for `path` and waits for the answer that names its caller; `method` is that of the request before it on the connection. */
export async function expectCanary(client: Peer, method: string, path: string, what: string): Promise<void> {
  const canary = `canary-${++canaries}`
  const bodies = (): string[] => readResponses(client.received, [method], client.ended).messages.map(({ body }) => body)
  const had = bodies().length
  client.write(`GET ${path} HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n\r\n`)
  await client.until(() => bodies().length > had || client.ended || client.closed !== undefined, what)
  assert.deepEqual(bodies().slice(had), [`GET ${path} ${canary}`], what)
}
