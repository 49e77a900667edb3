// What policies, handlers and the log read of a request: the views of an exchange. Everything that is rarely asked for is made at first use.
import { requestId } from '../base/random.ts'
import { fieldOf, HeaderMap } from '../http/fields.ts'
import type { BodyReceiver, Source } from '../http/message.ts'
import { Seen } from '../http1/parse-head.ts'
import type { Http1Request } from '../http1/parse-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import type { CallClient, CallRequest, CallTrace, Slot } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Call, CallResponse } from '../pipeline/call.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { ClientBody } from './client-body.ts'
import { REQUEST_ID, traceOf } from './identify.ts'
import type { Plane } from './plane.ts'
import type { ServedRoute, Snapshot } from './snapshot.ts'
import type { Verdict } from '../pipeline/verdict.ts'

/** One for all that have none. */
export const NO_PARAMS: readonly string[] = []

export abstract class CallState implements Call, CallRequest {
  readonly plane: Plane
  readonly snapshot: Snapshot
  readonly head: Http1Request
  /** Monotonic ms at which the head was complete. */
  readonly startedAt: number
  abstract readonly connection: ServerConnection
  /** Undefined for a request without a body. */
  abstract readonly clientBody: ClientBody | undefined
  client!: CallClient
  route: ServedRoute | undefined = undefined
  params: readonly string[] = NO_PARAMS
  entered = 0
  #id = ''
  #trace: CallTrace | undefined = undefined
  #headers: HeaderMap | undefined = undefined
  #slots: unknown[] | undefined = undefined
  #abort: AbortController | undefined = undefined
  /** The hook whose promise is waited for, and until when. */
  #awaited: { readonly at: number; readonly giveUp: () => void } | undefined = undefined

  constructor(plane: Plane, snapshot: Snapshot, head: Http1Request) {
    this.plane = plane
    this.snapshot = snapshot
    this.head = head
    this.startedAt = plane.clock.now()
  }

  /** Tells `signal` that the client has left. */
  protected abortSignal(): void {
    this.#abort?.abort()
  }

  /** Code of the route's policies runs from here (R39); what it returns goes to `plane.mark` when that has returned. */
  enter(): number {
    return this.plane.mark(this.route?.index ?? -1)
  }

  /** A hook's promise is waited for: its deadline is one of the connection's. */
  awaits(most: number, giveUp: () => void): () => void {
    const { connection } = this
    const { wheel } = this.plane
    const at = wheel.now + most
    const before = connection.dueAt
    const awaited = { at, giveUp }
    this.#awaited = awaited
    if (at < before) wheel.arm(connection, at)
    return () => {
      if (this.#awaited !== awaited) return
      this.#awaited = undefined
      // The deadlines of the body do not count while a hook is waited for: they do from here on.
      if (connection.dueAt !== at) return
      if (before === Infinity) wheel.relax(connection)
      else wheel.arm(connection, before)
    }
  }

  /** When the hook that is waited for is due; it is given up when that has come. Infinity for none. */
  protected hookDue(now: number): number {
    const awaited = this.#awaited
    if (awaited === undefined) return Infinity
    if (now < awaited.at) return awaited.at
    this.#awaited = undefined
    awaited.giveUp()
    return Infinity
  }

  /** For the log, what a policy decided: the last one that was entered. A preflight enters none, and its outcome names none. */
  protected noteVerdict(outcome: Outcome, pipeline: Pipeline | undefined, verdict: Verdict): void {
    if (verdict.kind === 'reply') outcome.detail = verdict.note ?? ''
    else if (verdict.kind === 'fault') outcome.rule = verdict.failure?.kind ?? ''
    else if (verdict.kind === 'refuse') {
      outcome.code = verdict.code
      outcome.rule = pipeline?.kinds[this.entered - 1] ?? ''
      outcome.fault = 'refused'
    }
  }

  /** The hooks over the head of the response. */
  protected runOnResponse(pipeline: Pipeline, view: CallResponse): ReturnType<NonNullable<Pipeline['onResponse']>> {
    if (pipeline.onResponse === undefined) return undefined
    const before = this.enter()
    const result = pipeline.onResponse(this, view)
    this.plane.mark(before)
    return result
  }

  /** The hooks over the end. */
  protected runOnEnd(pipeline: Pipeline | undefined, outcome: Outcome): void {
    if (pipeline?.onEnd === undefined) return
    const before = this.enter()
    pipeline.onEnd(this, outcome)
    this.plane.mark(before)
  }

  get body(): Source | undefined {
    return this.clientBody
  }
  get bodyTaken(): boolean {
    return this.clientBody?.taken ?? false
  }
  takeBody(receiver: BodyReceiver): void {
    this.clientBody?.take(receiver)
  }

  get request(): CallRequest {
    return this
  }
  get version(): '1.0' | '1.1' {
    return this.head.http10 ? '1.0' : '1.1'
  }
  get method(): string {
    return this.head.method
  }
  get scheme(): 'http' | 'https' {
    return this.head.scheme
  }
  get host(): string {
    return this.head.authority
  }
  get path(): string {
    return this.head.path
  }
  get query(): string {
    return this.head.query
  }
  get headers(): HeaderMap {
    return (this.#headers ??= new HeaderMap(this.head.fields, 'request'))
  }
  get bodyLength(): number {
    return this.head.bodyLength
  }
  get now(): number {
    return this.plane.wheel.now
  }
  get routeName(): string {
    return this.route?.name ?? ''
  }
  get trace(): CallTrace {
    return (this.#trace ??= traceOf(this.head))
  }
  get id(): string {
    if (this.#id === '') {
      const given = (this.head.seen & Seen.requestId) !== 0 && this.client.trusted ? fieldOf(this.head, REQUEST_ID) : undefined
      this.#id = given ?? requestId()
    }
    return this.#id
  }
  setId(id: string): void {
    this.#id = id
  }
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal
  }
  param(name: string): string | undefined {
    const at = this.route?.params.indexOf(name) ?? -1
    return at < 0 ? undefined : decodeURIComponent(this.params[at] as string)
  }
  get<T>(slot: Slot<T>): T | undefined {
    return this.#slots?.[slot.index] as T | undefined
  }
  set<T>(slot: Slot<T>, value: T): void {
    ;(this.#slots ??= [])[slot.index] = value
  }
}
