// Upstream pipelining of one endpoint: which requests may share a connection, which connection they share, and when the service has lost
// the right to it (wire.md).
import { requestId } from '../base/random.ts'
import { FieldName } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'
import { Http1Request, Seen } from '../http1/parse-head.ts'
import { PipelinedConnection } from '../http1/pipelined-connection.ts'
import type { PipelineOwner } from '../http1/pipelined-connection.ts'
import type { ResponseHandler } from '../http1/response-input.ts'
import type { UpstreamContext } from './context.ts'
import { Target } from './resolve/target.ts'

/** After a fault the service goes without for this long, then twice as long each time. */
const BACKOFF_MS = 30_000
const BACKOFF_MAX_MS = 3_600_000
/** Connections that share the load of one endpoint; beyond them requests go the ordinary way. */
const LANES = 32

/** True for a request that may stand in a queue with others': GET or OPTIONS without a body, without credentials, asking for nothing odd. */
export function mayPipeline(head: RequestHead, hasBody: boolean): boolean {
  if ((head.method !== 'GET' && head.method !== 'OPTIONS') || hasBody || head.upgrade || head.expectContinue || head.wantsTrailers)
    return false
  if (!(head instanceof Http1Request) || (head.seen & (Seen.sensitive | Seen.conditional)) !== 0) return false
  // What policies have added counts as well; a head that nobody looked into has only what the client sent.
  return !head.block.changed || !CREDENTIALS.some((name) => fieldOf(head, name) !== undefined)
}

const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key'].map((name) => new FieldName(name))

export interface PipeliningSettings {
  readonly depth: number
  readonly echo: FieldName | undefined
  readonly host: string
  readonly port: number
  readonly connectTimeout: number
  /** Milliseconds that a connection may stay idle. */
  readonly idle: number
}

/** Who is sent through it: as a `ResponseHandler`, and told when it has to go the ordinary way. */
export interface Pipelined extends ResponseHandler {
  /** The request as text; `token` is what the answer has to echo, '' without `echo`. */
  encode(token: string): string
}

export class Pipelining implements PipelineOwner {
  /** Monotonic ms until which this endpoint goes without. */
  suspendedUntil = 0
  /** Faults so far. */
  faults = 0
  readonly settings: PipeliningSettings
  #context: UpstreamContext
  #lanes: PipelinedConnection[] = []
  #filling: PipelinedConnection | undefined = undefined
  #backoff = BACKOFF_MS
  /** Running estimate of the 99th percentile of answer times, ms (Robbins and Monro): moves up fast and down slowly. */
  #p99 = 50
  #retired = false
  #target: Target
  readonly #label: { readonly service: string; readonly endpoint: string }

  constructor(settings: PipeliningSettings, label: { service: string; endpoint: string }, context: UpstreamContext) {
    this.settings = settings
    this.#label = label
    this.#context = context
    this.#target = new Target(context.names, settings.host, () => {})
  }

  /** Sends `one` on a shared connection; undefined when it has to go the ordinary way. */
  send(one: Pipelined): PipelinedConnection | undefined {
    const { wheel } = this.#context
    if (this.#retired || wheel.now < this.suspendedUntil) return undefined
    // One lane is filled after the other: what leaves together is written together.
    let lane = this.#filling
    if (lane === undefined || !this.#isOpen(lane, wheel.now)) lane = this.#filling = this.#deepest(wheel.now)
    if (lane === undefined) {
      if (this.#lanes.length < LANES) this.#open()
      return undefined
    }
    const { echo } = this.settings
    const token = echo === undefined ? '' : requestId()
    lane.send(one, one.encode(token), token)
    return lane
  }

  // A slow answer does not hold others up: nothing is queued behind a head older than almost all are.
  #isOpen(lane: PipelinedConnection, now: number): boolean {
    return lane.connected && !lane.closing && lane.depth < this.settings.depth && now - lane.oldestAt < this.#p99 + 50
  }

  #deepest(now: number): PipelinedConnection | undefined {
    let deepest: PipelinedConnection | undefined
    for (const lane of this.#lanes) if (this.#isOpen(lane, now) && (deepest === undefined || lane.depth > deepest.depth)) deepest = lane
    return deepest
  }

  onConnected(): void {
    this.#context.observer.endpointReached(this.#label.service, this.#label.endpoint)
  }

  onAnswered(_connection: PipelinedConnection, took: number): void {
    const step = 1
    this.#p99 = took > this.#p99 ? this.#p99 + step * 0.99 * Math.max(1, this.#p99 / 10) : Math.max(1, this.#p99 - step * 0.01)
  }

  onDead(connection: PipelinedConnection, _error: string, odd: boolean): void {
    this.#lanes = this.#lanes.filter((other) => other !== connection)
    if (this.#filling === connection) this.#filling = undefined
    this.#context.observer.upstreamClosed(this.#label.service, this.#label.endpoint)
    if (!odd) return
    this.faults++
    // What one misfortune does to several connections counts once.
    const { now } = this.#context.wheel
    if (now < this.suspendedUntil) return
    this.suspendedUntil = now + this.#backoff
    this.#backoff = Math.min(this.#backoff * 2, BACKOFF_MAX_MS)
    for (const other of this.#lanes) other.retire()
  }

  /** Takes no more requests; connections end as they fall idle. */
  retire(): void {
    this.#retired = true
    this.#target.release()
    for (const lane of this.#lanes) lane.retire()
  }

  destroy(): void {
    this.#retired = true
    this.#target.end()
    for (const lane of this.#lanes) lane.destroy()
  }

  #open(): void {
    const { wheel, flusher, dialer, observer } = this.#context
    const { port, connectTimeout, echo, idle } = this.settings
    // Known addresses only: a name that is still being looked up is the pool's to wait for.
    const host = this.#target.addresses[0]
    if (host === undefined) return
    const connection = new PipelinedConnection(this, wheel, flusher, echo, idle)
    connection.wire = dialer.dial(host, port, connection)
    this.#lanes.push(connection)
    observer.upstreamOpened(this.#label.service, this.#label.endpoint)
    wheel.arm(connection, wheel.now + connectTimeout)
  }
}
