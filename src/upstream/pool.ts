// The connections of one endpoint in one worker: idle ones last in, first out; a limit; and a queue of requests that wait for one.
// Before it on the way: `service.ts`, which picked the endpoint. After it: `http1/client-connection.ts`.
import type { FaultCode } from '../base/fault.ts'
import { ClientConnection } from '../http1/client-connection.ts'
import type { ConnectionOwner } from '../http1/client-connection.ts'
import { FRESH_MS } from '../http1/limits.ts'
import type { UpstreamContext } from './context.ts'

/** A request that waits for a connection. Told exactly once. */
export interface Waiter {
  /** Monotonic ms until which it waits. */
  readonly waitUntil: number
  onConnection(connection: ClientConnection): void
  onNoConnection(fault: FaultCode): void
}

export interface PoolSettings {
  /** The address to connect to. */
  readonly host: string
  readonly port: number
  readonly max: number
  readonly connectTimeout: number
  /** Milliseconds that a connection may stay idle. */
  readonly idle: number
}

export class Pool implements ConnectionOwner {
  readonly settings: PoolSettings
  /** For the observer: `http://127.0.0.1:7101`. */
  readonly label: string
  readonly service: string
  #context: UpstreamContext
  #idle: ClientConnection[] = []
  #open = new Set<ClientConnection>()
  #connecting = 0
  #waiting: Waiter[] = []
  #retired = false

  constructor(service: string, label: string, settings: PoolSettings, context: UpstreamContext) {
    this.service = service
    this.label = label
    this.settings = settings
    this.#context = context
  }

  get open(): number {
    return this.#open.size
  }
  get idle(): number {
    return this.#idle.length
  }
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Gives `waiter` a connection: the idle one used last, or a new one, or the next that comes free. `fresh`: only one that was idle for
   * less than a second, since a service that has just closed it would lose a request which may not be sent twice (wire policy 9).
   */
  acquire(waiter: Waiter, fresh: boolean): void {
    const now = this.#context.wheel.now
    const idle = this.#idle
    while (idle.length > 0) {
      const connection = idle[idle.length - 1] as ClientConnection
      // Last in, first out: if the newest is too old for it, all are.
      if (fresh && now - connection.idleSince >= FRESH_MS) break
      idle.pop()
      if (connection.state === 'idle') return waiter.onConnection(connection)
    }
    this.#waiting.push(waiter)
    this.#dialIfNeeded()
  }

  /** Takes a waiter out of the queue: its client has left. */
  forget(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter)
    if (at >= 0) this.#waiting.splice(at, 1)
  }

  /** Ends idle connections now and the others when their request has ended; whoever waits is still served. */
  retire(): void {
    this.#retired = true
    for (const connection of this.#idle.splice(0)) connection.abort()
  }

  /** Ends everything. */
  destroy(): void {
    this.#retired = true
    for (const connection of this.#open) connection.abort()
    for (const waiter of this.#waiting.splice(0)) waiter.onNoConnection('draining')
  }

  onConnected(connection: ClientConnection): void {
    this.#connecting--
    this.#context.wheel.relax(connection)
    this.#offer(connection)
  }

  onIdle(connection: ClientConnection): void {
    connection.idleTimeout = Math.min(connection.idleTimeout, this.settings.idle)
    this.#offer(connection)
  }

  onDead(connection: ClientConnection, error: string): void {
    if (!this.#open.delete(connection)) return
    this.#context.observer.upstreamClosed(this.service, this.label)
    if (connection.connected) {
      const at = this.#idle.indexOf(connection)
      if (at >= 0) this.#idle.splice(at, 1)
      this.#dialIfNeeded()
      return
    }
    this.#connecting--
    // The oldest waiter hears of it; the others have connections of their own on the way.
    const waiter = this.#waiting.shift()
    waiter?.onNoConnection(connectFault(error))
    this.#dialIfNeeded()
  }

  #offer(connection: ClientConnection): void {
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) return waiter.onConnection(connection)
    if (this.#retired) return connection.abort()
    connection.idleTimeout = connection.idleTimeout === 0 ? this.settings.idle : connection.idleTimeout
    this.#idle.push(connection)
  }

  #dialIfNeeded(): void {
    while (this.#connecting < this.#waiting.length && this.#open.size < this.settings.max) this.#dial()
  }

  #dial(): void {
    const { wheel, flusher, dialer, observer } = this.#context
    const connection = new ClientConnection(this, wheel, flusher)
    connection.idleTimeout = this.settings.idle
    connection.wire = dialer.dial(this.settings.host, this.settings.port, connection)
    this.#open.add(connection)
    this.#connecting++
    wheel.arm(connection, wheel.now + this.settings.connectTimeout)
    observer.upstreamOpened(this.service, this.label)
  }
}

function connectFault(error: string): FaultCode {
  switch (error) {
    case 'ETIMEDOUT':
      return 'upstream_connect_timeout'
    case 'EADDRNOTAVAIL':
    case 'EMFILE':
    case 'ENFILE':
    case 'EAGAIN':
      return 'ports_exhausted'
    case 'ENOTFOUND':
      return 'upstream_unresolved'
    default:
      return 'upstream_refused'
  }
}
