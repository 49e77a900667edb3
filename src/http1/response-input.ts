// The reading half of a connection to a service: finds response heads, reads bodies by their framing, and ends the connection at
// anything that no strict reader would take (wire policy 12). Whether the connection lives on is `client-connection.ts`'s to say.
import type { FaultCode } from '../base/fault.ts'
import type { BodyReceiver, Fields, TunnelEnd } from '../http/message.ts'
import { Timed } from '../net/wheel.ts'
import type { Wheel } from '../net/wheel.ts'
import { ChunkedDecoder } from './body-chunked.ts'
import { HeadBuffer } from './head-buffer.ts'
import { INTERIM_MAX, RESPONSE_FIELDS_MAX, RESPONSE_HEAD_MAX } from './limits.ts'
import { Http1Response, parseResponseHead } from './parse-response.ts'

const CRLFCRLF = Buffer.from('\r\n\r\n')

/** Who waits for a response on a connection. Told in this order: interim*, head, data*, end; or fault at any point, once, last. */
export interface ResponseHandler {
  readonly method: string
  /** The request asked for a WebSocket. */
  readonly upgrade: boolean
  /** The request leaves `now` (monotonic ms): a body that waited may follow through `writeBody`, into the same write. */
  onSend(now: number): void
  onInterim(head: Http1Response): void
  /** `now`: monotonic ms at which it was read. */
  onHead(head: Http1Response, endStream: boolean, now: number): void
  /** A piece of the body: bytes[start, end), borrowed, and the same as latin1 text where that has been made already. */
  onData(bytes: Buffer, start: number, end: number, text?: string): boolean
  /** `atOnce`: head and body came in one read. */
  onEnd(trailers: Fields | undefined, atOnce: boolean): void
  /** The connection is a tunnel from here on, after a 101; `rest` came behind the head. */
  onUpgrade(head: Http1Response, connection: TunnelEnd, rest: Buffer | undefined): void
  onFlush(): void
  onDrain(): void
  /** `sent`: some byte of the request left; `answered`: some byte of an answer came. */
  onFault(code: FaultCode, sent: boolean, answered: boolean): void
  /** A deadline passed: the next one (monotonic ms), or the fault that ends the request. */
  onDue(now: number): number | FaultCode
}

export type ConnectionState = 'connecting' | 'idle' | 'busy' | 'resting' | 'tunnel' | 'dead'

/** Milliseconds that a connection may stay idle when its service says `Keep-Alive: timeout=` so many `seconds`: a little less, at least 1 s. */
export const idleWithin = (idle: number, seconds: number): number => Math.min(idle, Math.max(1_000, seconds * 1_000 - 500))

export abstract class ResponseInput extends Timed {
  state: ConnectionState = 'connecting'
  protected readonly wheel: Wheel
  protected handler: ResponseHandler | undefined = undefined
  /** Some byte of the request left. */
  protected sent = false
  /** Some byte of an answer came. */
  protected answered = false
  protected responseDone = true
  protected reading: 'head' | 'length' | 'chunked' | 'close' = 'head'
  protected responseHead: Http1Response | undefined = undefined
  #remaining = 0
  #decoder: ChunkedDecoder | undefined = undefined
  #gathered: HeadBuffer | undefined = undefined
  #interims = 0
  // The head came with the read at hand.
  #headRead = false
  // When that was read, once somebody has asked.
  #now = -1

  constructor(wheel: Wheel) {
    super()
    this.wheel = wheel
  }

  /** The response is over: the connection is used again, or not. */
  protected abstract release(surplus: boolean, rests: boolean): void
  protected abstract die(error: string, fault: FaultCode): void
  /** A connection that cannot live with such a response says why. */
  protected refuses(_head: Http1Response): FaultCode | undefined {
    return undefined
  }
  /** This connection as the end of a tunnel. */
  protected abstract asTunnel(): TunnelEnd

  /** Prepares for the response to the next request. */
  protected expectResponse(handler: ResponseHandler): void {
    this.handler = handler
    this.sent = false
    this.answered = false
    this.responseDone = false
    this.reading = 'head'
    this.#interims = 0
  }

  /** Forgets what was read of a response that is over. */
  protected forgetResponse(): void {
    this.#gathered = undefined
    this.#decoder = undefined
    this.responseHead = undefined
  }

  protected read(borrowed: Buffer): void {
    // Nothing may answer a request that has not left yet.
    if (!this.sent) return this.die('', 'upstream_unsolicited')
    this.answered = true
    let chunk = borrowed
    if (this.#gathered !== undefined) {
      this.#gathered.append(borrowed)
      chunk = this.#gathered.bytes
    }
    let at = 0
    this.#headRead = false
    this.#now = -1
    while (at < chunk.length && this.state === 'busy') {
      if (this.responseDone) return this.die('', 'upstream_unsolicited')
      at = this.reading === 'head' ? this.#readHead(chunk, at) : this.#readBody(chunk, at)
      if (at < 0) break
    }
    // What ends later, by a FIN for one, has not come at once.
    this.#headRead = false
    if (at >= 0) this.handler?.onFlush()
  }

  #readHead(chunk: Buffer, at: number): number {
    const gathered = this.#gathered
    const head = new Http1Response()
    // The usual head is whole and well-formed: its end is found by reading it, and looked for only when that fails.
    let end = gathered === undefined ? parseResponseHead(chunk, at, head) : -1
    if (typeof end === 'string' || end < 0) {
      const fault = end
      const close = gathered === undefined ? chunk.indexOf(CRLFCRLF, at) + 4 : gathered.findEnd()
      if (close < 4 || close - at > RESPONSE_HEAD_MAX) return this.#gather(chunk, at)
      // `chunk` may be what was gathered: it stays whole, only the next head begins a new one.
      this.#gathered = undefined
      end = typeof fault === 'string' ? fault : parseResponseHead(chunk, at, head)
      if (typeof end === 'string') {
        this.die('', end)
        return -1
      }
    } else if (end - at > RESPONSE_HEAD_MAX) return this.#gather(chunk, at)
    const refused = this.refuses(head)
    if (refused !== undefined) {
      this.die('', refused)
      return -1
    }
    return head.status < 200 ? this.#readInterim(head, chunk, end) : this.#beginBody(head, chunk, end)
  }

  #gather(chunk: Buffer, at: number): number {
    let gathered = this.#gathered
    if (gathered === undefined) {
      gathered = new HeadBuffer()
      gathered.append(at === 0 ? chunk : chunk.subarray(at))
      this.#gathered = gathered
    }
    if (gathered.badByte(RESPONSE_HEAD_MAX) !== undefined) this.die('', 'upstream_bad_head')
    else if (gathered.length > RESPONSE_HEAD_MAX) this.die('', 'upstream_head_too_large')
    return -1
  }

  #readInterim(head: Http1Response, chunk: Buffer, end: number): number {
    const handler = this.handler as ResponseHandler
    if (head.status === 101) {
      if (!handler.upgrade || !head.upgradeWebSocket) {
        this.die('', 'upstream_bad_upgrade')
        return -1
      }
      this.state = 'tunnel'
      this.wheel.disarm(this)
      this.handler = undefined
      handler.onUpgrade(head, this.asTunnel(), end < chunk.length ? Buffer.from(chunk.subarray(end)) : undefined)
      return -1
    }
    if (++this.#interims > INTERIM_MAX) {
      this.die('', 'upstream_interim_flood')
      return -1
    }
    handler.onInterim(head)
    return end
  }

  #beginBody(head: Http1Response, chunk: Buffer, end: number): number {
    const handler = this.handler as ResponseHandler
    this.responseHead = head
    this.#headRead = true
    const bodiless = handler.method === 'HEAD' || head.status === 204 || head.status === 304
    if (bodiless) {
      // Framing in a 204 is forbidden (RFC 9110 §15.3.5): whatever comes next on this connection is not to be believed.
      if (head.status === 204) {
        head.close ||= head.framed
        head.bodyLength = 0
      }
      this.#finishHead(head, chunk.length > end, true)
      return end
    }
    if (head.chunked) {
      this.reading = 'chunked'
      this.#decoder = new ChunkedDecoder(RESPONSE_HEAD_MAX, RESPONSE_FIELDS_MAX)
    } else if (head.bodyLength > 0) {
      this.reading = 'length'
      this.#remaining = head.bodyLength
    } else if (head.bodyLength === 0) {
      this.#finishHead(head, chunk.length > end, false)
      return end
    } else {
      this.reading = 'close'
      head.close = true
    }
    handler.onHead(head, false, this.#readAt())
    return end
  }

  // A response that is nothing but a head. Put back before the handler hears of it: its client's next request may want this connection.
  #finishHead(head: Http1Response, surplus: boolean, rests: boolean): void {
    const handler = this.handler as ResponseHandler
    this.release(surplus, rests)
    handler.onHead(head, true, this.#readAt())
  }

  // What comes in one read is there at one moment.
  #readAt(): number {
    if (this.#now < 0) this.#now = this.wheel.readClock()
    return this.#now
  }

  #readBody(chunk: Buffer, at: number): number {
    const handler = this.handler as ResponseHandler
    if (this.reading === 'length') {
      const take = Math.min(this.#remaining, chunk.length - at)
      this.#remaining -= take
      const last = this.#remaining === 0
      const { behind } = this.responseHead as Http1Response
      if (behind.length === take && this.#headRead) handler.onData(chunk, at, at + take, behind)
      else handler.onData(chunk, at, at + take)
      if (last && this.handler === handler) this.complete(undefined, at + take < chunk.length)
      return at + take
    }
    if (this.reading === 'close') {
      handler.onData(chunk, at, chunk.length)
      return chunk.length
    }
    const decoder = this.#decoder as ChunkedDecoder
    const used = decoder.feed(chunk, at, this.#chunkSink)
    if (decoder.fault !== undefined) {
      this.die('', 'upstream_bad_chunk')
      return -1
    }
    if (decoder.done && this.state === 'busy') this.complete(decoder.trailers, used < chunk.length)
    return used
  }

  // What the chunked decoder writes into; the handler may have gone away in between.
  #chunkSink: BodyReceiver = {
    data: (chunk) => this.handler?.onData(chunk, 0, chunk.length) ?? true,
    end: () => {},
    fault: () => {},
    flush: () => {},
  }

  protected complete(trailers: Fields | undefined, surplus: boolean): void {
    const handler = this.handler as ResponseHandler
    const atOnce = this.#headRead
    this.release(surplus, false)
    handler.onEnd(trailers, atOnce)
  }
}
