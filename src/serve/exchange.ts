// One request and its answer, from a complete head to the log line: the page to read first. `docs/life-of-a-request.md` tells the same
// steps with the file of each. Everything here is synchronous as long as the policies are.
import { faults } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import { addDate } from '../http/date.ts'
import { fieldOf } from '../http/fields.ts'
import { METHODS } from '../http/method.ts'
import type { Fields, ResponseHead, Source, TunnelEnd } from '../http/message.ts'
import type { Http1Request } from '../http1/parse-head.ts'
import type { ServerConnection, ServerExchange } from '../http1/server-connection.ts'
import { newOutcome, timeOutcome } from '../observe/outcome.ts'
import type { Exchange } from '../pipeline/handler.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { proceed, type Verdict } from '../pipeline/verdict.ts'
import { Answer, ResponseView } from './answer.ts'
import { CallState, NO_PARAMS } from './call-state.ts'
import { ClientBody } from './client-body.ts'
import { findRoute, REQUEST_METHOD } from './find-route.ts'
import { admitClient } from './identify.ts'
import type { Outgoing } from './outgoing.ts'
import type { Plane } from './plane.ts'
import { problemOf } from './problem.ts'
import { replyProblem } from './reply-fault.ts'
import type { ServedRoute } from './snapshot.ts'
import { Tunnel } from './tunnel.ts'

export class ServedExchange extends CallState implements Exchange, ServerExchange, Outgoing {
  readonly connection: ServerConnection
  readonly outcome = newOutcome()
  pipeline: Pipeline | undefined = undefined
  source: Source | undefined = undefined
  readonly clientBody: ClientBody | undefined
  allow = NO_PARAMS
  #answer: Answer | undefined = undefined
  #over = false

  // 1. The snapshot of this moment holds for the whole exchange, whatever is reloaded meanwhile.
  constructor(plane: Plane, connection: ServerConnection, head: Http1Request) {
    super(plane, plane.snapshot, head)
    this.connection = connection
    this.clientBody = head.bodyLength === 0 ? undefined : new ClientBody(this)
  }

  /** The way in. The way out begins in `respond`. */
  run(): void {
    // 2. Who the client is: one source, believed only from trusted peers.
    const refused = admitClient(this)
    if (refused !== undefined) return this.fault(refused)
    // 3. The route, or a local 404 or 405.
    const found = findRoute(this)
    if (found === 'no_route' || found === 'method_not_allowed') return this.#unmatched(found)
    if (found !== undefined) return this.fault(found)
    const route = this.route as ServedRoute
    this.clientBody?.begin(route)
    this.plane.mark(route.index)
    // 4. The policies, in the order of the list.
    const decided = this.#preflight(route) ?? route.pipeline.onRequest?.(this, this.clientBody ?? ClientBody.none)
    if (decided === undefined) this.#handle(route)
    else if (decided instanceof Promise) void decided.then((verdict) => this.#decideLater(verdict, route))
    else this.#decide(decided)
    this.plane.mark(-1)
  }

  // A hook waited: other requests' code has run since.
  #decideLater(verdict: Verdict, route: ServedRoute): void {
    this.plane.mark(route.index)
    this.#decide(verdict)
    this.plane.mark(-1)
  }

  #preflight(route: ServedRoute): Verdict | undefined {
    if (this.head.method !== 'OPTIONS' || route.pipeline.onPreflight === undefined) return undefined
    return fieldOf(this.head, REQUEST_METHOD) === undefined ? undefined : route.pipeline.onPreflight(this)
  }

  #decide(verdict: Verdict): void {
    if (this.#over) return
    if (verdict !== proceed) this.noteVerdict(this.outcome, this.pipeline, verdict)
    switch (verdict.kind) {
      case 'proceed':
        return this.#handle(this.route as ServedRoute)
      case 'reply':
        return this.reply(verdict.reply.status, [...verdict.reply.fields], verdict.reply.body)
      case 'refuse':
        return this.problem(
          { ...problemOf('refused', this.id, this.trace.traceId, verdict.detail), status: verdict.status, code: verdict.code },
          verdict.fields,
        )
      case 'fault':
        if (verdict.failure !== undefined) this.plane.policyFailed(this, verdict.failure)
        return this.fault(verdict.fault)
      default: {
        const never: never = verdict
        return never
      }
    }
  }

  // 5. The handler: forward, reply or redirect.
  #handle(route: ServedRoute): void {
    return this.clientBody?.tooLong === true ? this.fault('body_too_large') : route.handler.handle(this)
  }

  #unmatched(fault: 'no_route' | 'method_not_allowed'): void {
    const pipeline = this.snapshot.unmatched
    this.pipeline = pipeline
    const decided = pipeline.onRequest?.(this, ClientBody.none)
    const answer = (verdict: Verdict | undefined): void => {
      if (verdict !== undefined && verdict.kind !== 'proceed') this.#decide(verdict)
      // It asks about the server, not about a resource (RFC 9110 §9.3.7): the answer says what any request may be.
      else if (this.head.path === '*') this.reply(204, ['allow', METHODS.join(', ')], undefined)
      else this.fault(fault)
    }
    if (decided instanceof Promise) void decided.then(answer)
    else answer(decided)
  }

  // --- the way out ---

  informational(head: ResponseHead): void {
    this.connection.writer.informational(head)
  }

  // 6. The response policies, up the list, and 7. the encoder: straight through when there is nothing to run.
  respond(head: ResponseHead, endStream: boolean): void {
    if (this.#over) return
    const { pipeline } = this
    const straight = pipeline === undefined || (pipeline.onResponse === undefined && pipeline.responseStages === undefined)
    if (straight || this.#answer !== undefined) return this.send(head, endStream)
    const view = new ResponseView(head)
    const result = this.runOnResponse(pipeline, view)
    if (result === undefined && (endStream || pipeline.responseStages === undefined)) return this.send(head, endStream)
    this.#answer = new Answer(this, pipeline)
    this.#answer.begin(view, endStream, result)
  }

  /** The response's head as it is sent. */
  send(head: ResponseHead, endStream: boolean): void {
    if (this.#over) return
    this.outcome.status = head.status
    const { connection } = this
    // A head without lines is one that we made; a service's has had its Date.
    if (head.block === undefined) addDate(head, this.plane.clock.wall())
    // Who has asked more already is answered that first: whoever leaves fails nothing that it was sent.
    if (this.head.upgrade || (connection.leaving && !connection.hasMore)) connection.writer.close = true
    connection.sendHead(head, endStream)
    if (endStream) this.finish(undefined)
  }

  data(chunk: Buffer): boolean {
    return this.part(chunk, 0, chunk.length)
  }

  part(bytes: Buffer, start: number, end: number, text?: string): boolean {
    const answer = this.#answer
    if (answer !== undefined && !answer.passing) return answer.data(bytes.subarray(start, end))
    return this.write(bytes, start, end, text)
  }

  /** A chunk of the response as it is sent. Pauses the source when the client is slower. */
  write(bytes: Buffer, start = 0, end = bytes.length, text?: string): boolean {
    if (this.#over) return true
    const room = this.connection.writer.part(bytes, start, end, text)
    if (!room) {
      this.source?.pause()
      this.connection.armWrite()
    }
    return room
  }

  end(trailers: Fields | undefined): void {
    const answer = this.#answer
    if (answer !== undefined && !answer.passing) answer.end(trailers)
    else this.sendEnd(trailers)
  }

  endAtOnce(trailers: Fields | undefined): void {
    // Unless a policy took its time over it, all that there is to time was the wait for its first byte.
    if (this.pipeline?.onResponse === undefined && this.#answer === undefined) this.outcome.transfer = 0
    this.end(trailers)
  }

  /** The response is whole. */
  sendEnd(trailers: Fields | undefined): void {
    if (this.#over) return
    this.connection.writer.end(trailers)
    this.finish(undefined)
  }

  flush(): void {
    const answer = this.#answer
    if (answer !== undefined && !answer.passing) answer.flush()
    else if (!this.#over) this.connection.writer.flush()
  }

  /** Whatever went wrong, on either side: an answer if there still can be one, else a cut that the client must notice. */
  fault(code: FaultCode): void {
    if (this.#over) return
    this.outcome.fault ??= code
    if (code === 'body_too_large') this.outcome.detail = this.clientBody?.excess ?? ''
    if (this.#answer !== undefined) return this.#answer.fault(code)
    // A head that has not left yet can be taken back: a 502 says more than a reset (wire policy 12).
    if (this.outcome.status !== 0 && !this.connection.writer.discard()) return this.cut(code)
    this.outcome.status = 0
    if (faults[code].status === 499) return this.cut(code)
    // Whoever writes such a head is not asked for another.
    if (faults[code].stage === 'head') this.connection.closing = this.connection.writer.close = true
    const fields = code === 'method_not_allowed' ? ['allow', this.allow.join(', ')] : []
    this.problem(problemOf(code, this.id, this.trace.traceId), fields)
  }

  problem(problem: Parameters<typeof replyProblem>[0], fields: readonly string[]): void {
    const made = replyProblem(problem, this.head, fields)
    this.reply(made.status, [...made.fields], made.body)
  }

  /** A response of our own, through the response policies of the route. */
  reply(status: number, fields: Fields, body: Buffer | string | undefined): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const length = bytes?.length ?? 0
    this.source?.cancel('refused')
    this.source = undefined
    this.clientBody?.cancel()
    this.respond({ status, fields, bodyLength: length }, length === 0)
    if (bytes === undefined || length === 0) return
    this.data(bytes)
    this.end(undefined)
  }

  /** What was sent must not pass for complete: the connection ends with a reset. */
  cut(code: FaultCode): void {
    this.outcome.fault ??= code
    this.source?.cancel(code)
    this.connection.cut()
    this.finish(code)
  }

  // 8. The end: counters, the log line, `onEnd`; the connection goes on to its next request.
  finish(fault: FaultCode | undefined): void {
    if (this.#over) return
    this.#over = true
    const { outcome, connection } = this
    if (fault !== undefined) outcome.fault ??= fault
    timeOutcome(outcome, this.startedAt, this.plane.clock)
    outcome.requestBytes = this.clientBody?.received ?? 0
    outcome.responseBytes = connection.writer.bytes
    this.clientBody?.cancel()
    this.#answer?.destroy()
    this.runOnEnd(this.pipeline, outcome)
    this.plane.ended(this, outcome)
    connection.finishExchange()
  }

  // --- the connection's side ---

  onDrain(): void {
    if (this.#answer !== undefined && !this.#answer.passing) this.#answer.onDrain()
    else this.source?.resume()
  }

  onClientGone(code: FaultCode): void {
    if (this.#over) return
    this.abortSignal()
    if (code !== 'client_closed') return this.fault(code)
    this.source?.cancel(code)
    this.finish(code)
  }

  onDue(now: number): number {
    if (this.#over) return Infinity
    const hook = this.hookDue(now)
    const body = this.outcome.status === 0 && hook === Infinity ? this.clientBody : undefined
    const next = body === undefined ? this.connection.writeDue(now) : body.onDue(now)
    if (typeof next === 'number') return Math.min(next, hook)
    this.fault(next)
    return Infinity
  }

  switchProtocols(head: ResponseHead, far: TunnelEnd, rest: Buffer | undefined, idle: number): void {
    if (this.#over) return far.destroy()
    const { connection, outcome } = this
    this.source = undefined
    outcome.status = 101
    connection.writer.switchProtocols(head)
    const tunnel = new Tunnel(connection, far, this.plane.wheel, idle, this.route?.websocket, (ended, fault) => {
      outcome.fault = fault
      outcome.requestBytes = ended.received
      outcome.responseBytes = ended.sent
      outcome.duration = this.plane.clock.now() - this.startedAt
      this.runOnEnd(this.pipeline, outcome)
      this.plane.tunnelEnded(tunnel)
      this.plane.ended(this, outcome)
    })
    this.#over = true
    this.plane.tunnelBegun(tunnel)
    far.tunnel = tunnel.fromFar
    if (rest !== undefined) tunnel.fromFar.onData(rest)
    connection.switchProtocols(tunnel.fromNear)
  }
}
