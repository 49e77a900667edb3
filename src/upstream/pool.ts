// The connections of one endpoint in one worker: idle ones last in, first out; a limit; and the requests that wait for one.
// Before it on the way: `service.ts`, which picked the endpoint. After it: `http1/client-connection.ts`.
//
// A request that finds no idle connection has one opened for it, or, when there may be no more connections or no more requests under way
// (`limit/gate.ts`), waits for its turn. Whatever connection comes free first serves whoever has come first.
import type { FaultCode } from '../base/fault.ts'
import { ClientConnection } from '../http1/client-connection.ts'
import type { ConnectionOwner } from '../http1/client-connection.ts'
import { Timed } from '../net/wheel.ts'
import type { UpstreamContext } from './context.ts'
import type { Gate, Queue } from './limit/gate.ts'
import { connectFault, Opening } from './opening.ts'
import { Target } from './resolve/target.ts'
import { type Dialing, tired, type Waiter, type Waiting } from './waiter.ts'

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

export class Pool implements ConnectionOwner, Queue {
  readonly settings: PoolSettings
  /** For the observer: `http://127.0.0.1:7101`. */
  readonly label: string
  readonly service: string
  #context: UpstreamContext
  #gate: Gate
  #idle: ClientConnection[] = []
  #open = new Set<ClientConnection>()
  #opening = new Map<ClientConnection, Opening>()
  /** Under way: a connection is opened for each. */
  #dialing: Dialing[] = []
  /** Not their turn yet. */
  #waiting: Waiting[] = []
  #retired = false
  #destroyed = false
  #target: Target
  #patience = new Patience(() => {
    if (this.#target.addresses.length === 0) this.#failAll('upstream_unresolved')
  })

  constructor(service: string, label: string, settings: PoolSettings, context: UpstreamContext, gate: Gate) {
    this.service = service
    this.label = label
    this.settings = settings
    this.#context = context
    this.#gate = gate
    const names = context.dialer.knows?.(settings.host, settings.port) === true ? undefined : context.names
    this.#target = new Target(names, settings.host, () => this.#dialIfNeeded())
  }

  get open(): number {
    return this.#open.size
  }
  get idle(): number {
    return this.#idle.length
  }
  get waiting(): number {
    return this.#dialing.length + this.#waiting.length
  }

  /**
   * Gives `waiter`, which the gate has let in, a connection: the idle one used last, or a new one, or the next that comes free. `maxIdle`:
   * milliseconds for which it may have been idle, 0 for none that was. A service that has just closed an idle connection would lose a
   * request which may not be sent twice (wire policy 9), or one that has already been lost so once (R3).
   */
  acquire(waiter: Waiter, maxIdle: number, connectTimeout = this.settings.connectTimeout): void {
    if (this.#destroyed) return waiter.onNoConnection('draining')
    const gate = this.#gate
    const full = gate.full
    if (!full) {
      const connection = this.#takeIdle(maxIdle)
      if (connection !== undefined) return waiter.onConnection(connection)
      // One that was idle for too long makes room.
      if (!this.#mayDial()) this.#idle.shift()?.abort()
      if (this.#mayDial()) {
        this.#dialFor({ waiter, maxIdle, connectTimeout })
        return this.#dialIfNeeded()
      }
    }
    if (!gate.wait()) return waiter.onNoConnection('overloaded')
    this.#waiting.push({ waiter, maxIdle, connectTimeout })
    if (full) gate.queue(this, true)
  }

  /** Takes a waiter out of the queue: its client has left. */
  forget(waiter: Waiter): void {
    const dialing = this.#dialing.findIndex((one) => one.waiter === waiter)
    if (dialing >= 0) this.#dialing.splice(dialing, 1)
    const waiting = this.#waiting.findIndex((one) => one.waiter === waiter)
    if (waiting < 0) return
    this.#waiting.splice(waiting, 1)
    this.#gate.giveUp()
  }

  /** Lets those begin whose turn it is. */
  serve(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const connection = this.#takeIdle(first.maxIdle)
      if (connection === undefined && !this.#mayDial()) {
        const old = this.#idle.shift()
        // Without a connection to be had it is not the gate that they wait for.
        if (old === undefined) break
        // Its end lets others begin, too.
        old.abort()
        continue
      }
      if (!this.#gate.begin()) {
        if (connection !== undefined) this.#idle.push(connection)
        return this.#gate.queue(this, true)
      }
      this.#waiting.shift()
      if (connection !== undefined) first.waiter.onConnection(connection)
      else {
        this.#dialFor(first)
        this.#dialIfNeeded()
      }
    }
    this.#gate.queue(this, false)
  }

  /** Ends the wait of those who have waited too long. Called at every turn of the wheel. */
  expire(now: number): void {
    // Each has its own patience; the connection that is being opened serves whoever comes first.
    for (const { waiter } of tired(this.#dialing, now, this.settings.connectTimeout)) {
      this.forget(waiter)
      waiter.onNoConnection('upstream_connect_timeout')
    }
    if (this.#waiting.length === 0) return
    const late = this.#waiting.filter(({ waiter }) => waiter.waitUntil <= now)
    for (const { waiter } of late) {
      this.forget(waiter)
      waiter.onNoConnection('overloaded')
    }
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
    this.#context.observer.endpointReached(this.service, this.label)
    this.#offer(connection)
  }

  onIdle(connection: ClientConnection): void {
    connection.idleTimeout = Math.min(connection.idleTimeout, this.settings.idle)
    this.#offer(connection)
  }

  onDead(connection: ClientConnection, error: string): void {
    if (!this.#open.delete(connection)) return
    this.#context.observer.upstreamClosed(this.service, this.label)
    const opening = this.#opening.get(connection)
    if (opening === undefined) {
      const at = this.#idle.indexOf(connection)
      if (at >= 0) this.#idle.splice(at, 1)
    } else {
      this.#opening.delete(connection)
      const failure = opening.failed(error)
      if (failure === undefined) {
        if (this.#opening.size < this.#dialing.length) this.#dial(opening)
        return
      }
      const fault = connectFault(failure)
      // Given up by ourselves says nothing of the endpoint.
      if (failure !== '') this.#context.observer.endpointFailed(this.service, this.label, fault)
      // The oldest waiter hears of it, unless the one that this was for has given up: the others have connections of their own on the way.
      if (this.#dialing.length > this.#opening.size) this.#dialing.shift()?.waiter.onNoConnection(fault)
    }
    this.#dialIfNeeded()
    if (this.#waiting.length > 0) this.serve()
  }

  #dialFor(waiting: Waiting): void {
    this.#dialing.push({ ...waiting, since: this.#context.wheel.now })
  }

  #takeIdle(maxIdle: number): ClientConnection | undefined {
    const { now } = this.#context.wheel
    const idle = this.#idle
    while (idle.length > 0) {
      const connection = idle[idle.length - 1] as ClientConnection
      // Last in, first out: if the newest is too old for it, all are.
      if (now - connection.idleSince >= maxIdle) break
      idle.pop()
      if (connection.state === 'idle') return connection
    }
    return undefined
  }

  #offer(connection: ClientConnection): void {
    const used = connection.served > 0
    if (this.#dialing.length > 0) {
      // Whoever waits for a new connection leaves a used one to the next.
      const at = used ? this.#dialing.findIndex(({ maxIdle }) => maxIdle > 0) : 0
      if (at >= 0) return this.#dialing.splice(at, 1)[0]?.waiter.onConnection(connection)
    }
    if (this.#waiting.length > 0) {
      if (this.#gate.begin()) {
        const first = this.#waiting.shift() as Waiting
        if (!used || first.maxIdle > 0) return first.waiter.onConnection(connection)
        this.#dialFor(first)
        return connection.abort()
      }
      // The request that had this connection still counts; its end is told next.
      this.#gate.queue(this, true)
    } else if (this.#retired) return connection.abort()
    connection.idleTimeout = connection.idleTimeout === 0 ? this.settings.idle : connection.idleTimeout
    this.#idle.push(connection)
  }

  /** One more connection may be opened, besides those that are about to be. */
  #mayDial(): boolean {
    return this.#open.size + Math.max(0, this.#dialing.length - this.#opening.size) < this.settings.max
  }

  #dialIfNeeded(): void {
    const { wheel } = this.#context
    while (this.#opening.size < this.#dialing.length && this.#open.size < this.settings.max) {
      const { addresses, pending } = this.#target
      if (addresses.length === 0) {
        if (!pending) return this.#unresolved()
        if (this.#patience.dueAt === Infinity) wheel.arm(this.#patience, wheel.now + this.settings.connectTimeout)
        return
      }
      const { connectTimeout } = this.#dialing[this.#opening.size] as Dialing
      this.#dial(new Opening(addresses, wheel.now + Math.max(connectTimeout, this.settings.connectTimeout)))
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

  #unresolved(): void {
    this.#context.observer.endpointFailed(this.service, this.label, 'upstream_unresolved')
    this.#failAll('upstream_unresolved')
  }

  #failAll(fault: FaultCode): void {
    const waiting = this.#waiting.splice(0)
    this.#gate.queue(this, false)
    for (const { waiter } of this.#dialing.splice(0)) waiter.onNoConnection(fault)
    for (const { waiter } of waiting) {
      this.#gate.giveUp()
      waiter.onNoConnection(fault)
    }
  }
}
