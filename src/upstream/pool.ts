// The connections of one endpoint in one worker: idle ones last in, first out; a limit; and a queue of requests that wait for one.
// Before it on the way: `service.ts`, which picked the endpoint. After it: `http1/client-connection.ts`.
import type { FaultCode } from '../base/fault.ts'
import { ClientConnection } from '../http1/client-connection.ts'
import type { ConnectionOwner } from '../http1/client-connection.ts'
import { FRESH_MS } from '../http1/limits.ts'
import { Timed } from '../net/wheel.ts'
import type { UpstreamContext } from './context.ts'
import { Opening } from './opening.ts'
import { Target } from './resolve/target.ts'

/** A request that waits for a connection. Told exactly once. */
export interface Waiter {
  /** Monotonic ms until which it waits. */
  readonly waitUntil: number
  onConnection(connection: ClientConnection): void
  onNoConnection(fault: FaultCode): void
}

export interface PoolSettings {
  /** The address to connect to, or a name that has addresses. */
  readonly host: string
  readonly port: number
  readonly max: number
  readonly connectTimeout: number
  /** Milliseconds that a connection may stay idle. */
  readonly idle: number
}

/** Ends the wait for a host's first look-up. */
class Patience extends Timed {
  readonly onDue: () => void
  constructor(onDue: () => void) {
    super()
    this.onDue = onDue
  }
}

export class Pool implements ConnectionOwner {
  readonly settings: PoolSettings
  /** For the observer: `http://127.0.0.1:7101`. */
  readonly label: string
  readonly service: string
  #context: UpstreamContext
  #idle: ClientConnection[] = []
  #open = new Set<ClientConnection>()
  #opening = new Map<ClientConnection, Opening>()
  #waiting: Waiter[] = []
  #retired = false
  #destroyed = false
  #target: Target
  #patience = new Patience(() => {
    if (this.#target.addresses.length === 0) this.#failAll('upstream_unresolved')
  })

  constructor(service: string, label: string, settings: PoolSettings, context: UpstreamContext) {
    this.service = service
    this.label = label
    this.settings = settings
    this.#context = context
    this.#target = new Target(context.dialer.knows?.(settings.host) === true ? undefined : context.names, settings.host, () =>
      this.#dialIfNeeded(),
    )
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
    if (this.#destroyed) return waiter.onNoConnection('draining')
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
    this.#target.release()
    for (const connection of this.#idle.splice(0)) connection.abort()
  }

  /** Ends everything. */
  destroy(): void {
    this.#retired = true
    this.#destroyed = true
    this.#target.end()
    this.#context.wheel.disarm(this.#patience)
    this.#failAll('draining')
    for (const connection of this.#open) connection.abort()
  }

  onConnected(connection: ClientConnection): void {
    this.#opening.delete(connection)
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
    const opening = this.#opening.get(connection) as Opening
    this.#opening.delete(connection)
    const failure = opening.failed(error)
    if (failure === undefined) {
      if (this.#opening.size < this.#waiting.length) this.#dial(opening)
      return
    }
    // The oldest waiter hears of it; the others have connections of their own on the way.
    const waiter = this.#waiting.shift()
    waiter?.onNoConnection(connectFault(failure))
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
    const { wheel } = this.#context
    while (this.#opening.size < this.#waiting.length && this.#open.size < this.settings.max) {
      const { addresses, pending } = this.#target
      if (addresses.length === 0) {
        if (!pending) return this.#failAll('upstream_unresolved')
        if (this.#patience.dueAt === Infinity) wheel.arm(this.#patience, wheel.now + this.settings.connectTimeout)
        return
      }
      this.#dial(new Opening(addresses, wheel.now + this.settings.connectTimeout))
    }
  }

  #dial(opening: Opening): void {
    const { wheel, flusher, dialer, observer } = this.#context
    const connection = new ClientConnection(this, wheel, flusher)
    connection.idleTimeout = this.settings.idle
    connection.wire = dialer.dial(opening.next(), this.settings.port, connection)
    this.#open.add(connection)
    this.#opening.set(connection, opening)
    wheel.arm(connection, opening.deadline)
    observer.upstreamOpened(this.service, this.label)
  }

  #failAll(fault: FaultCode): void {
    for (const waiter of this.#waiting.splice(0)) waiter.onNoConnection(fault)
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
    default:
      return 'upstream_refused'
  }
}
