// One thread's share of the gateway: its client connections, the current snapshot, and what exchanges need from the thread.
// Before it on the way: `net/acceptor.ts`. After it: `http1/server-connection.ts`, then `exchange.ts`.
import type net from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { FaultCode } from '../base/fault.ts'
import { requestId } from '../base/random.ts'
import { addDate } from '../http/date.ts'
import type { Http1Request } from '../http1/parse-head.ts'
import { ServerConnection } from '../http1/server-connection.ts'
import type { ConnectionHost } from '../http1/server-connection.ts'
import type { ConnectionSettings } from '../http1/request-input.ts'
import { addressKey, type ListenAddress } from '../net/acceptor.ts'
import { adoptSocket } from '../net/socket.ts'
import type { Wheel } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import type { CallView } from '../observe/call-view.ts'
import type { Observer } from '../observe/observer.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { PolicyFailure } from '../pipeline/failure.ts'
import { ServedExchange } from './exchange.ts'
import type { Plane } from './plane.ts'
import { problemOf } from './problem.ts'
import { replyProblem } from './reply-fault.ts'
import type { Snapshot } from './snapshot.ts'
import type { Tunnel } from './tunnel.ts'

export interface DataPlaneOptions {
  readonly snapshot: Snapshot
  readonly wheel: Wheel
  readonly clock: Clock
  readonly observer: Observer
  /** Marks what has passed through this process (RFC 8586): `tidegate-` and an id of its own. */
  readonly loopId: string
  /** A cell that main can read when this thread has died: which route was running. */
  readonly running?: Int32Array
  /** A policy threw. The cause is for the log. */
  readonly onPolicyFailure?: (call: CallView, failure: PolicyFailure) => void
}

/** Milliseconds without a request after which a connection may be given up for others. */
const IDLE_MIN = 1_000

const unserved: WireHandler = { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} }

export class DataPlane implements ConnectionHost, Plane {
  readonly wheel: Wheel
  readonly clock: Clock
  readonly observer: Observer
  readonly loopId: string
  snapshot: Snapshot
  /** Each with where it was accepted; undefined for one in memory. */
  #connections = new Map<ServerConnection, ListenAddress | undefined>()
  /** The listeners in force, by `addressKey`. */
  #listeners: ReadonlySet<string> = new Set()
  /** When connections end that have stayed idle in a drain; undefined while there is none. */
  #drainedAt: number | undefined = undefined
  #tunnels = new Set<Tunnel>()
  #exchanges = 0
  #running: Int32Array
  #refused: ReadonlySet<string> | undefined = undefined
  #onPolicyFailure: (call: CallView, failure: PolicyFailure) => void

  constructor(options: DataPlaneOptions) {
    this.snapshot = options.snapshot
    this.wheel = options.wheel
    this.clock = options.clock
    this.observer = options.observer
    this.loopId = options.loopId
    this.#running = options.running ?? new Int32Array(1)
    this.#onPolicyFailure = options.onPolicyFailure ?? (() => {})
  }

  /** Takes over an accepted socket (its server: `pauseOnConnect`, `allowHalfOpen`, `noDelay`). */
  accept(socket: net.Socket): void {
    // Gone between accept and here: it has no peer any more.
    if (socket.destroyed || socket.remoteAddress === undefined) return void socket.destroy()
    // Nothing is read before this turn is over: the connection is there in time.
    this.connect(adoptSocket(socket, unserved))
  }

  /** Serves a wire of any kind: where in-memory tests on bytes come in. */
  connect(wire: Wire, listener?: ListenAddress): ServerConnection {
    this.wheel.wake()
    const connection = new ServerConnection(wire, this, 'http')
    wire.handler = connection
    this.#connections.set(connection, listener)
    this.observer.connectionOpened()
    // What waited in the queue of a listener that closes is served, once.
    if (this.#drainedAt !== undefined) connection.leave(this.#drainedAt)
    else if (this.#isGone(listener)) connection.leave(Infinity)
    return connection
  }

  #isGone(listener: ListenAddress | undefined): boolean {
    return listener !== undefined && !this.#listeners.has(addressKey(listener))
  }

  /** These listeners are in force. Connections of others leave: the next answer is the last, and who asks nothing has `within` milliseconds. */
  listen(listeners: readonly ListenAddress[], within: number): void {
    this.#listeners = new Set(listeners.map(addressKey))
    for (const [connection, listener] of this.#connections) if (this.#isGone(listener)) connection.leave(this.wheel.now + within)
  }

  /** From the next head on, requests are served by `snapshot`. */
  use(snapshot: Snapshot): void {
    this.snapshot = snapshot
  }

  /** Requests of these routes are refused (R39): they have ended a worker twice. */
  refuse(routes: ReadonlySet<string>): void {
    this.#refused = routes.size === 0 ? undefined : routes
  }

  isRefused(route: string): boolean {
    return this.#refused?.has(route) ?? false
  }

  /** Notes which route's code is about to run, -1 for none: one store, read by main if this thread never gets further. Returns the last note. */
  mark(route: number): number {
    const before = (this.#running[0] as number) - 1
    this.#running[0] = route + 1
    return before
  }

  get connections(): number {
    return this.#connections.size
  }
  get exchanges(): number {
    return this.#exchanges
  }
  get tunnels(): number {
    return this.#tunnels.size
  }

  /** Each connection's next answer is its last; one without a request ends `within` milliseconds, or stays until `closeIdle`. */
  startDrain(within = Infinity): void {
    this.#drainedAt = this.wheel.now + within
    for (const connection of this.#connections.keys()) connection.leave(this.#drainedAt)
  }

  /** Ends idle connections with FIN. */
  closeIdle(): void {
    for (const connection of this.#connections.keys()) if (connection.state === 'idle') connection.finishClose()
  }

  /**
   * Makes room for others: sees that `most` connections are ending, by ending those that have been without a request for the longest time,
   * none that has been so for less than a second.
   */
  giveUpIdle(most: number): void {
    if (most === 0) return
    const before = this.wheel.now - IDLE_MIN
    const idle: ServerConnection[] = []
    let wanted = most
    for (const connection of this.#connections.keys()) {
      if (connection.state === 'draining') wanted--
      else if (connection.idleSince <= before) idle.push(connection)
    }
    idle.sort((a, b) => a.idleSince - b.idleSince)
    for (const connection of idle.slice(0, Math.max(0, wanted))) connection.finishClose()
  }

  /** Ends everything at once. */
  destroyAll(): void {
    for (const tunnel of this.#tunnels) tunnel.close('draining')
    for (const connection of this.#connections.keys()) connection.destroy()
  }

  // --- for connections ---

  get settings(): ConnectionSettings {
    return this.snapshot
  }

  begin(connection: ServerConnection, head: Http1Request): void {
    this.#exchanges++
    const exchange = new ServedExchange(this, connection, head)
    connection.exchange = exchange
    exchange.run()
  }

  reject(connection: ServerConnection, fault: FaultCode, head: Http1Request): void {
    // A connection that never said anything is closed without a word, on either side: browsers open some that they never use.
    if (fault === 'head_timeout' && connection.state === 'idle') return
    const id = requestId()
    const problem = problemOf(fault, id, '')
    const { writer } = connection
    const made = replyProblem(problem, undefined)
    const body = Buffer.from(made.body ?? '')
    const fields = [...made.fields]
    addDate({ fields }, this.clock.wall())
    writer.head({ status: made.status, fields, bodyLength: body.length }, false)
    writer.data(body)
    writer.end(undefined)
    this.observer.requestRejected(connection.peer, fault, head.path, {
      id,
      method: head.method,
      version: head.http10 ? '1.0' : '1.1',
      status: problem.status,
      requestBytes: 0,
      responseBytes: writer.bytes,
      duration: -1,
    })
  }

  closed(connection: ServerConnection): void {
    this.#connections.delete(connection)
    this.observer.connectionClosed()
  }

  // --- for exchanges ---

  ended(call: CallView, outcome: Outcome): void {
    this.#exchanges--
    this.observer.exchangeEnded(call, outcome)
  }

  tunnelBegun(tunnel: Tunnel): void {
    this.#tunnels.add(tunnel)
  }

  tunnelEnded(tunnel: Tunnel): void {
    this.#tunnels.delete(tunnel)
  }

  policyFailed(call: CallView, failure: PolicyFailure): void {
    this.#onPolicyFailure(call, failure)
  }
}
