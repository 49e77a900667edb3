// One request on its way to a service: attempts, what may be tried again, deadlines, and the answer handed to the exchange.
// Before it on the way: `service.ts` and `pool.ts`. After it: the exchange, which runs the response policies.
//
//   waiting (for a connection) → sending → awaiting (the head) → streaming → over;   failed attempts go back to waiting
import { faults } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import { addDate } from '../http/date.ts'
import type { BodyReceiver, Fields, Source, TunnelEnd } from '../http/message.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import type { PipelinedConnection } from '../http1/pipelined-connection.ts'
import { EXPECT_MS } from '../http1/limits.ts'
import type { Http1Response } from '../http1/parse-response.ts'
import { acceptFor } from '../http1/websocket.ts'
import { encodeFor } from './encode-request.ts'
import type { Endpoint } from './endpoint.ts'
import type { ForwardedExchange, ForwardOptions } from './forwarded-exchange.ts'
import { mayPipeline } from './pipelining.ts'
import type { Pipelined, Pipelining } from './pipelining.ts'
import type { Waiter } from './waiter.ts'
import { finalFault, mayRetry, mostIdle } from './retry.ts'
import type { Service } from './service.ts'

type Phase = 'waiting' | 'sending' | 'awaiting' | 'streaming' | 'over'

const NONE: readonly Endpoint[] = []

export class Forwarding implements Pipelined, Waiter, Source, BodyReceiver {
  readonly method: string
  readonly upgrade: boolean
  waitUntil = Infinity
  #exchange: ForwardedExchange
  #service: Service
  #target: string
  #options: ForwardOptions
  #phase: Phase = 'waiting'
  #connection: ClientConnection | undefined = undefined
  #endpoint: Endpoint | undefined = undefined
  #tried = NONE
  #retries = 0
  #attemptAt = 0
  #sentAt = 0
  #activeAt = 0
  #deadlineAt = Infinity
  #expecting = false
  #paused = false
  /** The connection that it shares with others, when the service pipelines. */
  #shared: PipelinedConnection | undefined = undefined

  /** `target`: path and query towards the service, without the endpoint's base path. */
  constructor(exchange: ForwardedExchange, service: Service, target: string, options: ForwardOptions) {
    const head = exchange.request.head
    this.method = head.method
    this.upgrade = head.upgrade
    this.#exchange = exchange
    this.#service = service
    this.#target = target
    this.#options = options
    exchange.source = this
    exchange.outcome.service = service.name
  }

  /** Begins the first attempt. */
  start(): void {
    if (!this.#service.gate.enter()) {
      this.#phase = 'over'
      return this.#exchange.fault('overloaded')
    }
    this.#attempt()
  }

  #attempt(): void {
    const service = this.#service
    const endpoint = service.balancer.pick(service.endpoints, this.#exchange, this.#tried)
    if (endpoint === undefined) return this.#fail('no_endpoint')
    this.#phase = 'waiting'
    this.#endpoint = endpoint
    this.#exchange.outcome.attempts++
    this.#exchange.outcome.endpoint = endpoint.url
    this.#attemptAt = -1
    if (endpoint.pipelining !== undefined && this.#retries === 0 && this.#share(endpoint.pipelining)) return
    const { connect } = this.#options.timeouts
    endpoint.pool.acquire(this, mostIdle(this.method, this.#exchange.body !== undefined, this.#retries > this.#tried.length), connect)
    if (this.#connection === undefined && this.#phase === 'waiting') this.#wait()
  }

  // Only what waits is timed. Its turn has to come before the deadline, which has begun with a request that is whole.
  #wait(): void {
    const { clock, wheel } = this.#service.context
    const { deadline } = this.#options.timeouts
    this.#attemptAt = clock.now()
    if (deadline === 0) return
    if (this.#exchange.body === undefined && this.#deadlineAt === Infinity) this.#deadlineAt = wheel.now + deadline
    this.waitUntil = Math.min(this.#deadlineAt, wheel.now + deadline)
  }

  #share(pipelining: Pipelining): boolean {
    const { request, body } = this.#exchange
    if (this.#service.gate.full || !mayPipeline(request.head, body !== undefined)) return false
    this.#shared = pipelining.send(this)
    if (this.#shared !== undefined) this.#phase = 'sending'
    return this.#shared !== undefined
  }

  // --- the pool ---

  onConnection(connection: ClientConnection): void {
    const { outcome, request } = this.#exchange
    const { head } = request
    this.#connection = connection
    this.#phase = 'sending'
    const waited = this.#attemptAt < 0 ? 0 : this.#service.context.clock.now() - this.#attemptAt
    if (connection.served === 0) outcome.connect = waited
    else outcome.queue = waited
    this.#expecting = head.expectContinue
    connection.send(this, this.encode(''), head.bodyLength === UNKNOWN_LENGTH, this.#exchange.body !== undefined)
  }

  encode(token: string): string {
    return encodeFor(this.#exchange, this.#service, this.#endpoint as Endpoint, this.#target, this.#options, token)
  }

  onNoConnection(fault: FaultCode): void {
    this.#failed(fault, false, false)
  }

  // --- the connection ---

  onSend(now: number): void {
    this.#sentAt = now
    this.#activeAt = now
    this.#exchange.outcome.untilSent = now - this.#exchange.startedAt
    if (this.#exchange.body === undefined) return this.#awaitHead()
    if (this.#expecting) return this.#connection?.arm(this.#sentAt + EXPECT_MS)
    this.#sendBody()
  }

  #sendBody(): void {
    this.#expecting = false
    this.#arm(this.#activeAt + this.#options.timeouts.stream)
    this.#exchange.takeBody(this)
  }

  // The clocks of response and deadline begin when the request is whole: an upload may take as long as it moves.
  #awaitHead(): void {
    const { response, deadline } = this.#options.timeouts
    const now = this.#service.context.wheel.now
    this.#phase = 'awaiting'
    if (this.#deadlineAt === Infinity && deadline > 0) this.#deadlineAt = now + deadline
    this.#arm(Math.min(now + response, this.#deadlineAt))
  }

  #arm(at: number): void {
    ;(this.#shared ?? this.#connection)?.arm(at)
  }

  onInterim(head: Http1Response): void {
    if (head.status === 100) {
      if (this.#expecting) this.#sendBody()
      // The client hears of 100 only if it asked; a service that says it unasked is not passed on.
      if (!this.#exchange.request.head.expectContinue) return
    }
    this.#exchange.informational(head)
  }

  onHead(head: Http1Response, endStream: boolean, now: number): void {
    this.#exchange.outcome.firstByte = now - this.#sentAt
    this.#phase = 'streaming'
    this.#activeAt = now
    if (!head.hasDate) addDate(head, this.#service.context.clock.wall())
    if (endStream) this.#over()
    else this.#arm(now + this.#options.timeouts.stream)
    this.#exchange.respond(head, endStream)
  }

  onData(bytes: Buffer, start: number, end: number, text?: string): boolean {
    this.#activeAt = this.#service.context.wheel.now
    return this.#exchange.part(bytes, start, end, text)
  }

  onFlush(): void {
    this.#exchange.flush()
  }

  onEnd(trailers: Fields | undefined, atOnce: boolean): void {
    const wanted = this.#options.trailers && this.#exchange.request.head.wantsTrailers ? trailers : undefined
    this.#over()
    return atOnce ? this.#exchange.endAtOnce(wanted) : this.#exchange.end(wanted)
  }

  onUpgrade(head: Http1Response, far: TunnelEnd, rest: Buffer | undefined): void {
    if (head.webSocketAccept !== acceptFor(this.#exchange.request.head)) {
      far.destroy()
      return this.#fail('upstream_bad_upgrade')
    }
    this.#over()
    this.#exchange.switchProtocols(head, far, rest, this.#options.timeouts.stream)
  }

  onDrain(): void {
    this.#activeAt = this.#service.context.wheel.now
    this.#exchange.body?.resume()
  }

  onFault(code: FaultCode, sent: boolean, answered: boolean): void {
    this.#connection = this.#shared = undefined
    this.#failed(code, sent, answered)
  }

  onDue(now: number): number | FaultCode {
    const { response, stream } = this.#options.timeouts
    if (this.#phase === 'sending' && this.#expecting) {
      this.#sendBody()
      return now + stream
    }
    if (this.#phase === 'awaiting') {
      if (now >= this.#deadlineAt) return 'upstream_deadline'
      // A shared connection asks everybody as soon as one of them is due.
      const due = Math.min(this.#sentAt + response, this.#deadlineAt)
      return this.#shared !== undefined && now < due ? due : 'upstream_response_timeout'
    }
    // A pause is the client's doing, and its own deadlines hold for it.
    if (this.#paused) this.#activeAt = now
    return now - this.#activeAt >= stream ? 'upstream_stalled' : this.#activeAt + stream
  }

  // --- the request's body ---

  data(chunk: Buffer): boolean {
    this.#activeAt = this.#service.context.wheel.now
    const room = this.#connection?.data(chunk) ?? true
    if (!room) this.#exchange.body?.pause()
    return room
  }

  end(trailers: Fields | undefined): void {
    this.#connection?.end(this.#options.trailers ? trailers : undefined)
    if (this.#phase === 'sending') this.#awaitHead()
  }

  flush(): void {
    this.#connection?.flush()
  }

  /** The client's body broke: the service must not take what it got for a request. */
  fault(): void {
    this.cancel()
  }

  // --- the response as a source ---

  pause(): void {
    this.#paused = true
    ;(this.#shared ?? this.#connection)?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#activeAt = this.#service.context.wheel.now
    ;(this.#shared ?? this.#connection)?.resume()
  }

  /** The answer is not wanted any more. */
  cancel(): void {
    if (this.#phase === 'over') return
    const [connection, shared] = [this.#connection, this.#shared]
    if (connection === undefined && shared === undefined) this.#endpoint?.pool.forget(this)
    this.#over()
    shared?.forget(this)
    connection?.abort()
  }

  // --- failures ---

  #failed(code: FaultCode, sent: boolean, answered: boolean): void {
    if (this.#phase === 'over') return
    const { retries, endpoints, context } = this.#service
    // Nothing was sent: every other endpoint may be tried, the same one need not be.
    if (faults[code].retry === 'always') this.#tried = [...this.#tried, this.#endpoint as Endpoint]
    const late = this.#phase === 'streaming' || answered || this.#exchange.bodyTaken || context.clock.now() >= this.#deadlineAt
    const untried = endpoints.length - this.#tried.length
    if (!late && mayRetry({ code, sent, method: this.method, made: this.#retries, untried }, retries)) {
      this.#retries++
      return this.#attempt()
    }
    this.#fail(finalFault(code, sent, answered, this.method))
  }

  #fail(code: FaultCode): void {
    this.#over()
    this.#exchange.fault(code)
  }

  #over(): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#connection = this.#shared = undefined
    this.#service.gate.leave()
  }
}
