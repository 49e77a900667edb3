// A connection to a service that may carry several requests at once (wire.md, upstream pipelining): what arrives within a turn leaves in
// one write, and answers come back in the order of the requests. A wrong answer to the wrong client is the worst that a gateway can do, so
// anything odd ends the connection, and whoever has no answer yet is sent again elsewhere, alone.
import type { FaultCode } from '../base/fault.ts'
import type { FieldName } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import type { TunnelEnd } from '../http/message.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import type { Flusher } from '../net/flusher.ts'
import type { Wheel } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import type { Http1Response } from './parse-response.ts'
import { idleWithin, ResponseInput } from './response-input.ts'
import type { ResponseHandler } from './response-input.ts'

/** Whoever keeps it. */
export interface PipelineOwner {
  onConnected(connection: PipelinedConnection): void
  /** An answer is complete: there is room for a request. `took`: milliseconds from its sending to its end. */
  onAnswered(connection: PipelinedConnection, took: number): void
  /** It is over. `odd`: the service did what a pipelined service must not. Told once. */
  onDead(connection: PipelinedConnection, error: string, odd: boolean): void
}

/** How long the answer of a client that has left may still hold up those behind it. */
const ABANDONED_MS = 1_000

interface InFlight {
  handler: ResponseHandler
  /** What the answer must echo, '' for nothing. */
  readonly token: string
  sentAt: number
}

export class PipelinedConnection extends ResponseInput implements WireHandler {
  connected = false
  served = 0
  idleSince = 0
  wire!: Wire
  #owner: PipelineOwner
  #flusher: Flusher
  #echo: FieldName | undefined
  #queue: InFlight[] = []
  /** How many of the queue have left. */
  #sentCount = 0
  #pending = ''
  #closing = false
  /** The client of the first answer is slow, and nobody waits behind it any more. */
  #slow = false
  #idle: number

  /** `echo`: the field by which every answer says which request it belongs to. `idle`: milliseconds that it may stay unused. */
  constructor(owner: PipelineOwner, wheel: Wheel, flusher: Flusher, echo: FieldName | undefined, idle: number) {
    super(wheel)
    this.#owner = owner
    this.#flusher = flusher
    this.#echo = echo
    this.#idle = idle
  }

  get depth(): number {
    return this.#queue.length
  }

  /** When the oldest request left, monotonic ms; Infinity when none has. */
  get oldestAt(): number {
    return this.#sentCount > 0 ? (this.#queue[0] as InFlight).sentAt : Infinity
  }

  /** Takes no more requests. */
  get closing(): boolean {
    return this.#closing || this.state === 'dead'
  }

  /** Queues a request without a body; it leaves with the others of this turn. */
  send(handler: ResponseHandler, text: string, token: string): void {
    this.#queue.push({ handler, token, sentAt: 0 })
    if (this.#pending === '') this.#flusher.add(this)
    this.#pending += text
    if (this.#queue.length === 1) this.#next()
  }

  onCheck(): void {
    if (this.state !== 'busy') return
    const text = this.#pending
    this.#pending = ''
    // One write, one moment.
    const now = this.wheel.readClock()
    for (let i = this.#sentCount; i < this.#queue.length; i++) {
      const one = this.#queue[i] as InFlight
      one.sentAt = this.wheel.now
      one.handler.onSend(now)
    }
    this.#sentCount = this.#queue.length
    this.sent = this.#sentCount > 0
    if (text !== '' && this.#live()) this.wire.writeText(text)
  }

  // The handlers that were told may have ended the connection.
  #live(): boolean {
    return this.state === 'busy'
  }

  #next(): void {
    const first = this.#queue[0] as InFlight
    this.state = 'busy'
    const sent = this.#sentCount > 0
    this.expectResponse(first.handler)
    this.sent = sent
    if (first.handler instanceof Nobody) this.#abandon(first.handler)
  }

  #abandon(nobody: Nobody): void {
    nobody.until = this.wheel.now + ABANDONED_MS
    this.arm(nobody.until)
  }

  /** The deadline of one of the requests; the earliest counts. */
  arm(at: number): void {
    if (at < this.dueAt) this.wheel.arm(this, at)
  }

  onDue(now: number): void {
    if (this.state === 'connecting') return this.die('ETIMEDOUT', 'upstream_connect_timeout')
    // Unused for so long that the service may lose patience before we do (R5).
    if (this.#queue.length === 0) return this.#end('', 'upstream_reset', false)
    let next = Infinity
    for (let i = 0; i < this.#sentCount; i++) {
      const one = this.#queue[i] as InFlight
      const { handler } = one
      const due = handler.onDue(now)
      if (typeof due === 'number') next = Math.min(next, due)
      else if (i === 0) return this.#end('', due, false)
      else {
        // It has waited behind another for too long: its own client hears of it, and the others need not.
        one.handler = new Nobody(handler.method)
        handler.onFault(due, true, false)
      }
    }
    if (next !== Infinity && this.#live()) this.wheel.arm(this, next)
  }

  /** A client has left. Alone on the connection it takes it along (R10); else its answer is read for a while, and dropped. */
  forget(handler: ResponseHandler): void {
    const one = this.#queue.find((other) => other.handler === handler)
    if (one === undefined) return
    const nobody = new Nobody(handler.method)
    one.handler = nobody
    if (this.#queue.every((other) => other.handler instanceof Nobody)) return this.#end('', 'client_closed', false)
    if (this.#queue[0] !== one) return
    this.handler = nobody
    this.#abandon(nobody)
    // A pause of the one that has left must not outlive it.
    this.wire.resume()
  }

  /** The client of the first answer cannot take more: whoever waits behind it goes elsewhere, as if never sent. */
  pause(): void {
    this.wire.pause()
    const others = this.#queue.splice(1)
    if (others.length === 0) return
    this.#slow = this.#closing = true
    this.#sentCount = 1
    this.#pending = ''
    for (const { handler } of others) handler.onFault('upstream_unsolicited', false, false)
  }

  resume(): void {
    this.wire.resume()
  }

  onConnect(): void {
    if (this.state !== 'connecting') return
    this.state = 'idle'
    this.connected = true
    this.#rest()
    this.#owner.onConnected(this)
  }

  onData(chunk: Buffer): void {
    if (this.state === 'busy') this.read(chunk)
    else if (this.state !== 'dead') this.die('', 'upstream_unsolicited')
  }

  onDrain(): void {
    for (const one of this.#queue) one.handler.onDrain()
  }

  onEnd(): void {
    this.#end('', this.reading === 'head' ? 'upstream_reset' : 'upstream_truncated', this.#queue.length > 0)
  }

  onClose(error: string): void {
    this.#end(error, this.reading === 'head' ? 'upstream_reset' : 'upstream_truncated', this.#queue.length > 0)
  }

  /** What pipelining cannot live with: an interim answer, no body where one could be expected, no length, another request's answer. */
  protected override refuses(head: Http1Response): FaultCode | undefined {
    const { status } = head
    if (status < 200 || status === 204 || status === 205 || status === 304) return 'upstream_unsolicited'
    if (head.bodyLength === UNKNOWN_LENGTH && !head.chunked) return 'upstream_unsolicited'
    const token = this.#queue[0]?.token ?? ''
    if (this.#echo !== undefined && fieldOf(head, this.#echo) !== token) return 'upstream_unsolicited'
    if (head.close) this.#closing = true
    return undefined
  }

  protected release(surplus: boolean): void {
    const answered = this.#queue.shift() as InFlight
    const { keepAlive } = this.responseHead as Http1Response
    if (keepAlive >= 0) this.#idle = idleWithin(this.#idle, keepAlive)
    this.#sentCount--
    this.served++
    this.handler = undefined
    this.responseDone = true
    this.forgetResponse()
    // Whoever was slow to take this answer no longer holds up the next.
    this.wire.resume()
    this.#owner.onAnswered(this, this.wheel.now - answered.sentAt)
    if (this.#slow) return this.#end('', 'upstream_reset', false)
    // Bytes behind the last answer belong to nobody; behind another they are the next one's.
    if (surplus && this.#sentCount === 0) return this.#end('', 'upstream_unsolicited', true)
    // A close that was announced is no fault: what is left goes elsewhere.
    if (this.#closing) return this.#end('', 'upstream_reset', false)
    if (this.#queue.length > 0) return this.#next()
    this.state = 'idle'
    this.#rest()
  }

  #rest(): void {
    this.idleSince = this.wheel.now
    this.wheel.arm(this, this.wheel.now + this.#idle)
  }

  protected die(error: string, fault: FaultCode): void {
    this.#end(error, fault, this.connected)
  }

  protected asTunnel(): TunnelEnd {
    // `refuses` lets no 101 come this far.
    return { tunnel: undefined, write: () => true, pause() {}, resume() {}, finish() {}, destroy() {} }
  }

  /** Ends it. The first request hears of the fault itself if its answer had begun; every other one was, for all that counts, never sent. */
  #end(error: string, fault: FaultCode, odd: boolean): void {
    if (this.state === 'dead') return
    const begun = this.responseHead !== undefined
    const timedOut = fault === 'upstream_response_timeout' || fault === 'upstream_deadline'
    this.state = 'dead'
    this.wheel.disarm(this)
    this.forgetResponse()
    this.wire.destroy()
    this.handler = undefined
    const queue = this.#queue
    this.#queue = []
    this.#sentCount = 0
    this.#owner.onDead(this, error, odd)
    queue.forEach((one, i) => {
      if (i === 0 && (begun || timedOut)) one.handler.onFault(fault, true, true)
      else one.handler.onFault(this.connected ? 'upstream_unsolicited' : fault, false, false)
    })
  }

  /** Ends it for good when nothing is in flight any more. */
  retire(): void {
    this.#closing = true
    if (this.#queue.length === 0) this.#end('', 'upstream_reset', false)
  }

  destroy(): void {
    this.#end('', 'draining', false)
  }
}

/** Reads the answer of a client that has left. */
class Nobody implements ResponseHandler {
  readonly method: string
  readonly upgrade = false
  /** Monotonic ms until which it may hold up others; as long as nobody is held up, for ever. */
  until = Infinity
  constructor(method: string) {
    this.method = method
  }
  onSend(): void {}
  onInterim(): void {}
  onHead(): void {}
  onData(): boolean {
    return true
  }
  onEnd(): void {}
  onUpgrade(): void {}
  onFlush(): void {}
  onDrain(): void {}
  onFault(): void {}
  onDue(now: number): number | FaultCode {
    return now < this.until ? this.until : 'client_closed'
  }
}
