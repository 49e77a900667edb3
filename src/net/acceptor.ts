// Where connections come from: listening sockets of this thread's own (`PortAcceptor`), or sockets that another thread accepted for it
// (`RelayedAcceptor`, where the platform cannot share a port between threads). The data plane sees only the interface. → server-connection
import net from 'node:net'
import { type MessagePort, MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { closeListening, setBacklog, type Visits } from './acceptor-closing.ts'

/** Where to listen. `address` '' means all addresses of both families. */
export interface ListenAddress {
  readonly address: string
  readonly port: number
}

/** An address that could not be bound; `code` is the system's (`EADDRINUSE`). */
export interface BindFailure extends ListenAddress {
  readonly code: string
}

/** Takes over an accepted socket: paused, nothing read, half-open allowed, no delay. */
export type TakeSocket = (socket: net.Socket, address: ListenAddress) => void

export interface Acceptor {
  /**
   * Binds those of `addresses` that are not bound yet. Connections to them are held unread until `commit`. On a failure whatever this call
   * bound is unbound again and the failure is returned. Listeners that are open are not touched.
   */
  open(addresses: readonly ListenAddress[]): Promise<BindFailure | undefined>
  /** `addresses` are in force: lets the connections held for them through, and closes what was in force before and is not among them. */
  commit(addresses: readonly ListenAddress[]): void
  /** Closes what was opened since the last `commit`; held connections are reset. */
  revert(): void
  /** Stops taking connections without closing: clients wait in the kernel's queue. */
  pause(): void
  resume(): void
  /** The bound addresses, ports resolved. */
  readonly addresses: readonly ListenAddress[]
  /** Closes all listeners, once each one's queue has been emptied. */
  close(): Promise<void>
}

/** The identity of a listener: a reload that keeps it never closes it. */
export const addressKey = (address: ListenAddress): string => `${address.address}|${address.port}`

/** One open address. Usually one server; a second one joins when a predecessor hands its own over. */
interface Entry extends Visits {
  readonly wanted: ListenAddress
  readonly port: number
  servers: net.Server[]
  /** Servers on their way through a channel of our own: bound and queueing, but in nobody's event loop. */
  parked: MessageChannel[]
  /** Connections that wait for `commit`; undefined once committed. */
  held: net.Socket[] | undefined
}

/** What a listener handed over in a message looks like. */
export interface ListenerParcel {
  readonly wanted: ListenAddress
  readonly port: number
  readonly server: net.Server
}

/** Connections that may wait in the kernel's queue, as far as `net.core.somaxconn` lets them. A transfer makes 511 of it, Node's own. */
const BACKLOG = 4096

export class PortAcceptor implements Acceptor {
  readonly #take: TakeSocket
  readonly #reusePort: boolean
  readonly #entries = new Map<string, Entry>()
  /** Ends of those that are being closed: until then their address may not be free. */
  readonly #closing = new Map<string, Promise<void>>()
  #paused = false

  /** `reusePort`: several threads bind the same address and the kernel spreads connections over them. */
  constructor(options: { take: TakeSocket; reusePort: boolean }) {
    this.#take = options.take
    this.#reusePort = options.reusePort
  }

  get addresses(): readonly ListenAddress[] {
    return [...this.#entries.values()].map(({ wanted, port }) => ({ address: wanted.address, port }))
  }

  async open(addresses: readonly ListenAddress[]): Promise<BindFailure | undefined> {
    const fresh = addresses.filter((address) => !this.#entries.has(addressKey(address)))
    for (const address of fresh) await this.#closing.get(addressKey(address))
    const results = await Promise.all(fresh.map((wanted) => this.#bind(wanted)))
    const failure = results.find((result) => 'code' in result)
    for (const result of results)
      if ('server' in result) {
        if (failure === undefined) this.#install(result, [])
        else result.server.close()
      }
    return failure
  }

  commit(addresses: readonly ListenAddress[]): void {
    const wanted = new Set(addresses.map(addressKey))
    for (const [key, entry] of this.#entries) {
      const { held } = entry
      if (!wanted.has(key)) {
        if (held === undefined) {
          this.#entries.delete(key)
          void this.#shut(entry)
        }
        continue
      }
      entry.held = undefined
      for (const socket of held ?? []) this.#take(socket, { address: entry.wanted.address, port: entry.port })
    }
  }

  revert(): void {
    for (const [key, entry] of this.#entries)
      if (entry.held !== undefined) {
        this.#entries.delete(key)
        void this.#shut(entry)
      }
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    for (const entry of this.#entries.values()) park(entry)
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    for (const entry of this.#entries.values()) this.#unpark(entry)
  }

  /** Sends every committed listener through `port` to a successor's `adopt`, queued connections included, then a closing message. */
  handOver(port: MessagePort): void {
    for (const [key, entry] of this.#entries) {
      if (entry.held !== undefined) continue
      this.#unpark(entry)
      for (const server of entry.servers) {
        server.removeAllListeners('connection')
        port.postMessage({ wanted: entry.wanted, port: entry.port, server } satisfies ListenerParcel, [server as never])
      }
      this.#entries.delete(key)
    }
    port.postMessage(undefined)
  }

  /** Goes on with a listener that a predecessor handed over. */
  adopt(parcel: ListenerParcel): void {
    setBacklog(parcel.server, BACKLOG)
    this.#install(parcel, undefined)
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const entry of entries) void this.#shut(entry)
    await Promise.all(this.#closing.values())
  }

  #shut(entry: Entry): Promise<void> {
    const key = addressKey(entry.wanted)
    this.#unpark(entry)
    const closed = closeListening(entry.servers, entry).then(() => {
      for (const socket of entry.held ?? []) socket.destroy()
      if (this.#closing.get(key) === closed) this.#closing.delete(key)
    })
    this.#closing.set(key, closed)
    return closed
  }

  #bind(wanted: ListenAddress): Promise<ListenerParcel | BindFailure> {
    return new Promise((resolve) => {
      const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
      server.once('error', (error: NodeJS.ErrnoException) => resolve({ ...wanted, code: error.code ?? 'EUNKNOWN' }))
      server.listen(
        { port: wanted.port, ...(wanted.address === '' ? {} : { host: wanted.address }), reusePort: this.#reusePort, backlog: BACKLOG },
        () => resolve({ wanted, port: (server.address() as net.AddressInfo).port, server }),
      )
    })
  }

  #install({ wanted, port, server }: ListenerParcel, held: net.Socket[] | undefined): void {
    const key = addressKey(wanted)
    const entry = this.#entries.get(key) ?? { wanted, port, servers: [], parked: [], held, accepted: 0, remote: false }
    this.#entries.set(key, entry)
    this.#attach(entry, server)
    if (this.#paused) park(entry)
  }

  #attach(entry: Entry, server: net.Server): void {
    const address = { address: entry.wanted.address, port: entry.port }
    entry.servers.push(server)
    // An accept that fails (a client gone again, no descriptor left) is not the end of the listener.
    server.removeAllListeners('error').on('error', () => {})
    server.on('connection', (socket) => {
      entry.accepted++
      entry.remote ||= !isLoopback(socket.remoteAddress)
      if (entry.held === undefined) this.#take(socket, address)
      else entry.held.push(socket.on('error', () => {}))
    })
  }

  #unpark(entry: Entry): void {
    for (const { port1, port2 } of entry.parked.splice(0)) {
      const received: { message: net.Server } | undefined = receiveMessageOnPort(port2)
      port1.close()
      if (received === undefined) continue
      setBacklog(received.message, BACKLOG)
      this.#attach(entry, received.message)
    }
  }
}

/**
 * Takes a listener out of the event loop without closing it: it is posted to a channel that nobody reads yet. (Node has no call for this:
 * `maxConnections` accepts and then closes, and so does libuv, silently, when descriptors run out.)
 */
function park(entry: Entry): void {
  for (const server of entry.servers.splice(0)) {
    const channel = new MessageChannel()
    server.removeAllListeners('connection')
    channel.port1.postMessage(server, [server as never])
    entry.parked.push(channel)
  }
}

/** Is `address` this machine's own, so that a round trip takes no time? */
const isLoopback = (address: string | undefined): boolean =>
  address === undefined || address === '::1' || /^(?:::ffff:)?127\./.test(address)

/** The end of a relay in a worker: another thread listens and delivers. Addresses are known at once; held until `commit` like any other. */
export class RelayedAcceptor implements Acceptor {
  readonly #take: TakeSocket
  readonly #entries = new Map<string, { readonly address: ListenAddress; held: net.Socket[] | undefined }>()

  constructor(options: { take: TakeSocket }) {
    this.#take = options.take
  }

  get addresses(): readonly ListenAddress[] {
    return [...this.#entries.values()].map(({ address }) => address)
  }

  open(addresses: readonly ListenAddress[]): Promise<undefined> {
    for (const address of addresses)
      if (!this.#entries.has(addressKey(address))) this.#entries.set(addressKey(address), { address, held: [] })
    return Promise.resolve(undefined)
  }

  commit(addresses: readonly ListenAddress[]): void {
    const wanted = new Set(addresses.map(addressKey))
    for (const [key, entry] of this.#entries) {
      const { held } = entry
      if (!wanted.has(key)) {
        if (held === undefined) this.#entries.delete(key)
        continue
      }
      entry.held = undefined
      for (const socket of held ?? []) this.#take(socket, entry.address)
    }
  }

  revert(): void {
    for (const [key, { held }] of this.#entries)
      if (held !== undefined) {
        this.#entries.delete(key)
        for (const socket of held) socket.destroy()
      }
  }

  /** Takes a socket that the accepting thread sent. What was on its way while a listener was closed is served all the same. */
  deliver(socket: net.Socket, address: ListenAddress): void {
    const held = this.#entries.get(addressKey(address))?.held
    if (held === undefined) this.#take(socket, address)
    else held.push(socket.on('error', () => {}))
  }

  /** Nothing to do: the accepting thread pauses. */
  pause(): void {}
  resume(): void {}

  close(): Promise<void> {
    for (const { held } of this.#entries.values()) held?.forEach((socket) => socket.destroy())
    this.#entries.clear()
    return Promise.resolve()
  }
}
