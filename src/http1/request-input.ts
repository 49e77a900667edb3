// The reading half of a client connection: finds heads, feeds the current body, and holds what comes ahead of its time.
// What a message means is `server-connection.ts`'s to say; this file decides only where one ends and the next begins.
import type { FaultCode } from '../base/fault.ts'
import type { BodyReceiver, Source, TunnelPeer } from '../http/message.ts'
import type { Wheel } from '../net/wheel.ts'
import { Timed } from '../net/wheel.ts'
import type { Wire } from '../net/wire.ts'
import { CR, LF } from './grammar.ts'
import { HeadBuffer } from './head-buffer.ts'
import { HELD_MAX } from './limits.ts'
import { headFault, Http1Request, methodOf, parseRequestHead, targetOf } from './parse-head.ts'
import { countHeads } from './pipelined.ts'
import type { RequestBody } from './request-body.ts'
import type { ResponseWriter } from './response-writer.ts'

// Who could not be told in an answer that it is the last may be about to ask again, in milliseconds.
const LAST_CHANCE = 1_000

const CRLFCRLF = Buffer.from('\r\n\r\n')

/** What the configuration says to a connection: read at each head, so that a reload takes effect there. */
export interface ConnectionSettings {
  readonly limits: { readonly head: number; readonly headers: number; readonly target: number; readonly pipelined: number }
  readonly timeouts: { readonly head: number; readonly keepAlive: number; readonly body: number; readonly write: number }
}

/** What the reading half needs of whoever serves the connection. */
export interface InputHost {
  readonly wheel: Wheel
  readonly settings: ConnectionSettings
}

export type ConnectionState = 'idle' | 'head' | 'body' | 'waiting' | 'tunnel' | 'draining' | 'dead'

export abstract class RequestInput extends Timed implements Source {
  state: ConnectionState = 'idle'
  readonly wire: Wire
  readonly scheme: 'http' | 'https'
  readonly writer: ResponseWriter
  abstract readonly host: InputHost
  /** Who gets the bytes, once upgraded. */
  tunnel: TunnelPeer | undefined = undefined
  /** No request after this one. */
  closing = false
  /** The next answer is to be the last: nobody wants the connection any longer. */
  leaving = false
  #leaveAt = Infinity
  #idleAt = 0
  /** Requests begun. */
  requests = 0
  protected requestBody: RequestBody | undefined = undefined
  protected gathered: HeadBuffer | undefined = undefined
  protected held: Buffer | undefined = undefined
  /** The client has sent its FIN. */
  protected clientEnded = false
  // The authority of the last request: the next one's is probably the same, and then need not be judged again.
  protected authority = ''
  #processing = false
  // Behind what is read at the moment there are more bytes.
  #ahead = false
  #blankSeen = false

  constructor(wire: Wire, writer: ResponseWriter, scheme: 'http' | 'https') {
    super()
    this.wire = wire
    this.writer = writer
    this.scheme = scheme
  }

  /** Something of a further request has come. */
  get hasMore(): boolean {
    return this.held !== undefined || (this.#processing && this.#ahead)
  }

  /** Its next answer is the last, and if it is idle until then it ends `at` (monotonic ms). A stream or tunnel goes on. */
  leave(at: number): void {
    this.leaving = true
    this.#leaveAt = Math.min(this.#leaveAt, at)
    if (this.state === 'idle' && at < this.dueAt) this.host.wheel.arm(this, at)
  }

  /** Monotonic ms at which it fell idle; Infinity while it is in use, or has not asked anything yet. */
  get idleSince(): number {
    return this.state === 'idle' && this.requests > 0 ? this.#idleAt : Infinity
  }

  protected armIdle(): void {
    const { wheel, settings } = this.host
    const keepAlive = wheel.now + settings.timeouts.keepAlive
    this.#idleAt = wheel.now
    wheel.arm(this, Math.min(keepAlive, Math.max(this.#leaveAt, wheel.now + LAST_CHANCE)))
  }

  /** A head is complete. */
  protected abstract begin(head: Http1Request): void
  /** A head cannot be read: it is answered, and the connection ends. `head` holds what could be read, a known method at least. */
  protected abstract reject(fault: FaultCode, head: Http1Request): void
  /** The current body is malformed or will never be whole. */
  protected abstract bodyFault(fault: FaultCode): void
  /** The client's end was seen and nothing of it is left to read. */
  protected abstract ended(): void

  /** Reads as many messages as `chunk` and the current exchange allow; keeps the rest. */
  protected process(borrowed: Buffer): void {
    this.#processing = true
    let chunk = borrowed
    let at = 0
    if (this.gathered !== undefined && this.state === 'head') {
      this.gathered.append(borrowed)
      chunk = this.gathered.bytes
      if (!this.#blankSeen && chunk[0] === CR && chunk[1] === LF) {
        this.#blankSeen = true
        this.gathered = undefined
        this.state = 'idle'
        at = 2
      }
    }
    while (at < chunk.length) {
      if (this.state === 'idle' || this.state === 'head') {
        at = this.#readHead(chunk, at)
        if (at < 0) break
      } else if (this.state === 'body' && (this.requestBody as RequestBody).flowing) at = this.#feedBody(chunk, at)
      else {
        if (this.state === 'body' || this.state === 'waiting') this.hold(chunk.subarray(at))
        else if (this.state === 'tunnel') this.tunnel?.onData(chunk.subarray(at))
        break
      }
    }
    this.#processing = false
  }

  #readHead(chunk: Buffer, start: number): number {
    let at = start
    const gathered = this.gathered
    if (gathered === undefined && !this.#blankSeen && chunk[at] === CR) {
      // One empty line before a request is courtesy (RFC 9112 §2.2); a second one is not.
      if (at + 1 === chunk.length) return this.#gather(chunk, at)
      if (chunk[at + 1] === LF) {
        this.#blankSeen = true
        at += 2
        if (at === chunk.length) return at
      }
    }
    const { limits } = this.host.settings
    const head = new Http1Request(this.scheme)
    // The usual head is whole and well-formed: its end is found by reading it, and looked for only when that fails.
    let end = gathered === undefined ? parseRequestHead(chunk, at, limits, head, this.authority) : -1
    if (typeof end === 'string' || end < 0) {
      const close = gathered === undefined ? chunk.indexOf(CRLFCRLF, at) + 4 : gathered.findEnd()
      if (close < 4 || close - at > limits.head) return this.#gather(chunk, at)
      this.gathered = undefined
      if (typeof end !== 'string') end = parseRequestHead(chunk, at, limits, head, this.authority)
      if (typeof end === 'string') {
        head.method = methodOf(chunk, at)
        head.path = targetOf(chunk, at, close)
        head.query = ''
        this.reject(headFault(chunk, at, close, end), head)
        return -1
      }
    } else if (end - at > limits.head) return this.#gather(chunk, at)
    this.#blankSeen = false
    this.#ahead = end < chunk.length
    this.begin(head)
    return end
  }

  #gather(chunk: Buffer, at: number): number {
    const { limits, timeouts } = this.host.settings
    let gathered = this.gathered
    if (gathered === undefined) {
      gathered = new HeadBuffer()
      gathered.append(at === 0 ? chunk : chunk.subarray(at))
      this.gathered = gathered
      this.state = 'head'
      // Absolute: a head that drips in does not move it. A connection's first head has had its deadline since accept.
      if (this.requests > 0) this.host.wheel.arm(this, this.host.wheel.now + timeouts.head)
    }
    const bad = gathered.badByte(limits.head)
    if (bad !== undefined) this.rejectGathered(bad)
    else if (gathered.length > limits.head)
      this.rejectGathered(gathered.bytes.subarray(0, limits.head).includes('\r\n') ? 'head_too_large' : 'target_too_long')
    return -1
  }

  /** Refuses what has come of a head, which may be nothing. */
  protected rejectGathered(fault: FaultCode): void {
    const head = new Http1Request(this.scheme)
    const gathered = this.gathered?.bytes
    if (gathered !== undefined) {
      head.method = methodOf(gathered, 0)
      head.path = targetOf(gathered, 0, gathered.length)
    }
    this.reject(fault, head)
  }

  #feedBody(chunk: Buffer, at: number): number {
    const body = this.requestBody as RequestBody
    const used = body.feed(chunk, at)
    if (body.broken !== undefined) {
      this.bodyFault(body.broken)
      return chunk.length
    }
    if (body.done && this.state === 'body') {
      this.#ahead = used < chunk.length
      this.state = 'waiting'
      this.writer.bodyPending = false
      this.requestBody = undefined
      body.finish()
    } else body.receiver?.flush()
    return used
  }

  /** Keeps what came ahead of its time: pipelined requests, or a body that nobody takes yet. Always a copy. */
  protected hold(chunk: Buffer): void {
    if (this.closing && this.state === 'waiting') return
    this.held = this.held === undefined ? Buffer.from(chunk) : Buffer.concat([this.held, chunk])
    if (this.held.length > HELD_MAX || this.state === 'body') this.wire.pause()
    if (this.state === 'waiting') {
      // The 17th complete request that waits: the current one is answered, then the connection ends.
      if (countHeads(this.held) > this.host.settings.limits.pipelined) {
        this.closing = true
        this.writer.close = true
        this.held = undefined
      }
    }
  }

  /** Goes on with what was held, once the exchange or the body's receiver allows. */
  protected release(): void {
    const held = this.held
    this.wire.resume()
    if (held === undefined) return
    this.held = undefined
    this.process(held)
    if (this.clientEnded && this.held === undefined) this.ended()
  }

  // --- the request's body as a source ---

  /** Says where the body goes; it flows from now on. */
  takeBody(receiver: BodyReceiver): void {
    const body = this.requestBody
    if (body === undefined) return
    body.receiver = receiver
    body.flowing = true
    if (!this.#processing) this.release()
  }

  pause(): void {
    if (this.requestBody !== undefined) this.requestBody.flowing = false
    this.wire.pause()
  }

  resume(): void {
    const body = this.requestBody
    if (body !== undefined && body.receiver !== undefined) body.flowing = true
    if (!this.#processing) this.release()
  }

  /** The rest of the body is not wanted: it is dropped, and the connection ends with this response. */
  cancel(): void {
    const body = this.requestBody
    if (body === undefined) return
    this.closing = true
    this.writer.close = true
    this.held = undefined
    body.receiver = undefined
    body.flowing = false
  }

  /** Goes on with what was held after an exchange; within `process` the loop there does. */
  protected resumeInput(): void {
    if (!this.#processing && this.held !== undefined) this.release()
  }
}
