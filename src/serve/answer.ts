// Step 6 for routes that have response policies: their hooks over the head, then the stages that the body passes, then the encoder.
// Straight routes never make one of these.
import { faults } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import type { Fields, ResponseHead } from '../http/message.ts'
import { HeaderMap } from '../http/fields.ts'
import type { CallResponse } from '../pipeline/call.ts'
import { isPending, PolicyFailure } from '../pipeline/failure.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Outgoing } from './outgoing.ts'
import { problemOf } from './problem.ts'
import { replyProblem } from './reply-fault.ts'
import { ResponseStages } from './response-stages.ts'

export class ResponseView implements CallResponse {
  readonly head: ResponseHead
  #headers: HeaderMap | undefined = undefined
  constructor(head: ResponseHead) {
    this.head = head
  }
  get status(): number {
    return this.head.status
  }
  set status(status: number) {
    this.head.status = status
  }
  get headers(): HeaderMap {
    return (this.#headers ??= new HeaderMap(this.head.fields, 'response'))
  }
}

export class Answer {
  /** The hooks are done and the body has no stages: data goes straight to the client. */
  passing = false
  /** A head is on its way: another answer is not possible any more. */
  begun = false
  #exchange: Outgoing
  #pipeline: Pipeline
  #stages: ResponseStages | undefined = undefined
  // What came while a hook was thinking. The source is paused meanwhile, so this is one read at most.
  #held: Buffer[] = []
  #ended: { trailers: Fields | undefined } | undefined = undefined
  // Counts the answers that took the place of the one before: what was waited for with that one is of no matter any more.
  #round = 0

  constructor(exchange: Outgoing, pipeline: Pipeline) {
    this.#exchange = exchange
    this.#pipeline = pipeline
  }

  /** Goes on where the exchange left off: the hooks over the head gave `result`, or will. */
  begin(view: ResponseView, endStream: boolean, result: ReturnType<NonNullable<Pipeline['onResponse']>>): void {
    if (!isPending(result)) return this.#proceed(view, endStream, result)
    this.#exchange.source?.pause()
    const round = this.#round
    void result.then((failure) => {
      if (round !== this.#round) return
      this.#proceed(view, endStream, failure)
      this.#catchUp()
    })
  }

  #proceed(view: ResponseView, endStream: boolean, failure: PolicyFailure | undefined): void {
    if (failure !== undefined) return this.#fail(failure)
    const stages = endStream ? undefined : this.#makeStages(view)
    if (stages instanceof PolicyFailure) return this.#fail(stages)
    this.begun = true
    if (stages !== undefined && stages.length > 0) {
      this.#stages = new ResponseStages(this.#exchange, stages, view.head, (failed) => this.#fail(failed))
      return
    }
    this.passing = true
    this.#exchange.send(view.head, endStream)
  }

  #makeStages(view: ResponseView): ReturnType<NonNullable<Pipeline['responseStages']>> | undefined {
    const before = this.#exchange.enter()
    const stages = this.#pipeline.responseStages?.(this.#exchange, view)
    this.#exchange.plane.mark(before)
    return stages
  }

  /** A policy failed on the way out: the request's 500, over which the policies above the failing one still run. */
  #fail(failure: PolicyFailure): void {
    const exchange = this.#exchange
    exchange.plane.policyFailed(exchange, failure)
    exchange.outcome.fault ??= 'policy_failed'
    if (exchange.outcome.status !== 0) return exchange.cut('policy_failed')
    this.#replace('policy_failed', failure.position)
  }

  /** The answer went wrong while policies had it. As long as none of it has been sent, the fault is the answer. */
  fault(code: FaultCode): void {
    if (faults[code].status === 499 || this.#exchange.outcome.status !== 0) this.#exchange.cut(code)
    else this.#replace(code, undefined)
  }

  /** Answers with the problem of `code`, over which the policies below position `from` (left out: all that were entered) run. */
  #replace(code: FaultCode, from: number | undefined): void {
    const exchange = this.#exchange
    const round = ++this.#round
    exchange.source?.cancel(code)
    exchange.source = undefined
    this.#held = []
    this.#ended = undefined
    this.#stages?.destroy()
    this.#stages = undefined
    const made = replyProblem(problemOf(code, exchange.id, exchange.trace.traceId), exchange.head)
    const body = Buffer.from(made.body ?? '')
    const view = new ResponseView({ status: made.status, fields: [...made.fields], bodyLength: body.length })
    const before = exchange.enter()
    const next = this.#pipeline.onResponse?.(exchange, view, from)
    exchange.plane.mark(before)
    const finish = (again: PolicyFailure | undefined): void => {
      if (round !== this.#round) return
      if (again !== undefined) return this.#fail(again)
      this.begun = true
      this.passing = true
      exchange.send(view.head, false)
      exchange.write(body)
      exchange.sendEnd(undefined)
    }
    if (isPending(next)) void next.then(finish)
    else finish(next)
  }

  #catchUp(): void {
    const held = this.#held
    this.#held = []
    for (const chunk of held) this.#exchange.data(chunk)
    const ended = this.#ended
    if (ended !== undefined) this.#exchange.end(ended.trailers)
    else {
      this.#exchange.flush()
      this.#exchange.source?.resume()
    }
  }

  data(chunk: Buffer): boolean {
    if (this.#stages !== undefined) return this.#stages.data(chunk)
    this.#held.push(Buffer.from(chunk))
    return false
  }

  end(trailers: Fields | undefined): void {
    if (this.#stages !== undefined) this.#stages.end(trailers)
    else this.#ended = { trailers }
  }

  flush(): void {
    this.#stages?.flush()
  }

  onDrain(): void {
    if (this.#stages === undefined) this.#exchange.source?.resume()
    else this.#stages.onDrain()
  }

  destroy(): void {
    this.#stages?.destroy()
  }
}
