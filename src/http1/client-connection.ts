// One connection to a service, HTTP/1.1: writes requests, reads responses strictly, and knows whether it may be used again.
// Before it on the way: `upstream/pool.ts`, which picked it. After it: the `ResponseHandler` of the request (`upstream/forwarding.ts`).
//
//   connecting → idle ⇄ busy → resting (HEAD, 204, 304) → idle;   any → dead;   busy → tunnel (101)
import type { FaultCode } from '../base/fault.ts'
import { latin1 } from '../base/latin1.ts'
import type { BodyReceiver, Fields, TunnelEnd, TunnelPeer } from '../http/message.ts'
import type { Flusher } from '../net/flusher.ts'
import type { Wheel } from '../net/wheel.ts'
import { Timed } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import { ChunkedDecoder } from './body-chunked.ts'
import { chunkLine, lastChunk } from './encode.ts'
import { HeadBuffer } from './head-buffer.ts'
import { INTERIM_MAX, JOIN_MAX, RESPONSE_FIELDS_MAX, RESPONSE_HEAD_MAX, REST_MS } from './limits.ts'
import { Http1Response, parseResponseHead } from './parse-response.ts'

const CRLFCRLF = Buffer.from('\r\n\r\n')

/** Who waits for a response on a connection. Told in this order: interim*, head, data*, end; or fault at any point, once, last. */
export interface ResponseHandler {
  readonly method: string
  /** The request asked for a WebSocket. */
  readonly upgrade: boolean
  /** The request leaves now: a body that waited may follow through `writeBody`, into the same write. */
  onSend(): void
  onInterim(head: Http1Response): void
  onHead(head: Http1Response, endStream: boolean): void
  onData(chunk: Buffer): boolean
  onEnd(trailers: Fields | undefined): void
  /** The connection is a tunnel from here on, after a 101; `rest` came behind the head. */
  onUpgrade(head: Http1Response, connection: ClientConnection, rest: Buffer | undefined): void
  onFlush(): void
  onDrain(): void
  /** `sent`: some byte of the request left; `answered`: some byte of an answer came. */
  onFault(code: FaultCode, sent: boolean, answered: boolean): void
  /** A deadline passed: the next one (monotonic ms), or the fault that ends the request. */
  onDue(now: number): number | FaultCode
}

/** Whoever keeps the connection. */
export interface ConnectionOwner {
  onConnected(connection: ClientConnection): void
  /** It may carry another request. */
  onIdle(connection: ClientConnection): void
  /** It is over, `error` being the system's code where it never connected. Told once. */
  onDead(connection: ClientConnection, error: string): void
}

type State = 'connecting' | 'idle' | 'busy' | 'resting' | 'tunnel' | 'dead'
type Reading = 'head' | 'length' | 'chunked' | 'close'

export class ClientConnection extends Timed implements WireHandler, BodyReceiver, TunnelEnd {
  state: State = 'connecting'
  /** Requests answered so far. */
  served = 0
  /** Monotonic ms of becoming idle. */
  idleSince = 0
  /** Milliseconds that it may stay idle: the configured time, or less if the service says so. */
  idleTimeout = 0
  wire!: Wire
  /** Was it ever connected. */
  connected = false
  /** Who gets the bytes, once upgraded. */
  tunnel: TunnelPeer | undefined = undefined
  #owner: ConnectionOwner
  #wheel: Wheel
  #flusher: Flusher
  #handler: ResponseHandler | undefined = undefined
  #pending = ''
  #full = false
  #chunkedRequest = false
  #sent = false
  #answered = false
  #requestDone = true
  #responseDone = true
  #reading: Reading = 'head'
  #remaining = 0
  #decoder: ChunkedDecoder | undefined = undefined
  #gathered: HeadBuffer | undefined = undefined
  #interims = 0
  #head: Http1Response | undefined = undefined

  constructor(owner: ConnectionOwner, wheel: Wheel, flusher: Flusher) {
    super()
    this.#owner = owner
    this.#wheel = wheel
    this.#flusher = flusher
  }

  /** Queues a request: it leaves in the check phase of this turn, after bytes or a FIN that the poll may have brought were seen. */
  send(handler: ResponseHandler, text: string, chunked: boolean, hasBody: boolean): void {
    this.state = 'busy'
    this.#handler = handler
    this.#pending = text
    this.#chunkedRequest = chunked
    this.#requestDone = !hasBody
    this.#responseDone = false
    this.#sent = false
    this.#answered = false
    this.#reading = 'head'
    this.#interims = 0
    this.#flusher.add(this)
  }

  /** Called by the flusher, in the check phase. */
  onCheck(): void {
    const handler = this.#handler
    if (handler === undefined || this.state !== 'busy') return
    this.#sent = true
    handler.onSend()
    this.#writePending()
  }

  /** Deadline of the request in flight, monotonic ms. */
  arm(at: number): void {
    this.#wheel.arm(this, at)
  }

  // --- the request's body, written by the exchange ---

  data(chunk: Buffer): boolean {
    if (this.state !== 'busy' || this.#requestDone) return true
    const before = this.#chunkedRequest ? this.#pending + chunkLine(chunk.length) : this.#pending
    const after = this.#chunkedRequest ? '\r\n' : ''
    if (chunk.length <= JOIN_MAX && before.length <= JOIN_MAX) {
      this.#pending = before + latin1(chunk, 0, chunk.length) + after
      // As in `response-writer.ts`: a write at the end of an earlier turn that was too much is told here.
      if (this.#full) this.#full = this.wire.unsent > 0
      return !this.#full
    }
    this.#pending = ''
    return this.wire.writeFramed(before, chunk, after)
  }

  end(trailers: Fields | undefined): void {
    if (this.state !== 'busy' || this.#requestDone) return
    if (this.#chunkedRequest) this.#pending += lastChunk(trailers)
    this.#requestDone = true
    this.flush()
  }

  flush(): void {
    if (this.#sent && this.state === 'busy') this.#writePending()
  }

  /** The request's body will never be whole: the service must not take it for complete. */
  fault(): void {
    this.abort()
  }

  #writePending(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    this.#full = !this.wire.writeText(text)
  }

  // --- the wire ---

  onConnect(): void {
    if (this.state !== 'connecting') return
    this.state = 'idle'
    this.connected = true
    this.idleSince = this.#wheel.now
    this.#owner.onConnected(this)
  }

  onData(chunk: Buffer): void {
    if (this.state === 'busy') this.#read(chunk)
    else if (this.state === 'tunnel') this.tunnel?.onData(chunk)
    // Bytes that nobody asked for: what they are does not matter, the next answer on this connection could be one of them.
    else if (this.state !== 'dead') this.#die('', 'upstream_unsolicited')
  }

  onDrain(): void {
    if (this.state === 'tunnel') this.tunnel?.onDrain()
    else this.#handler?.onDrain()
  }

  onEnd(): void {
    if (this.state === 'tunnel') this.tunnel?.onEnd()
    else if (this.state === 'busy' && this.#reading === 'close' && !this.#responseDone) this.#complete(undefined, false)
    else this.#die('', this.#cutFault())
  }

  onClose(error: string): void {
    if (this.state === 'tunnel') {
      this.state = 'dead'
      this.#wheel.disarm(this)
      this.tunnel?.onClose(error)
      this.#owner.onDead(this, error)
    } else this.#die(error, this.#cutFault())
  }

  onDue(now: number): void {
    switch (this.state) {
      case 'connecting':
        return this.#die('ETIMEDOUT', 'upstream_connect_timeout')
      case 'resting':
        return this.#becomeIdle()
      case 'idle':
        return this.#die('', 'upstream_reset')
      case 'busy': {
        const next = (this.#handler as ResponseHandler).onDue(now)
        if (typeof next === 'number') this.#wheel.arm(this, next)
        else this.#die('', next)
        return
      }
      case 'tunnel':
      case 'dead':
        return
      default: {
        const never: never = this.state
        return never
      }
    }
  }

  /** Ends the connection and forgets its request without telling it: the request has gone away by itself. */
  abort(): void {
    this.#handler = undefined
    this.#die('', 'upstream_reset')
  }

  // --- a tunnel's end ---

  write(chunk: Buffer): boolean {
    return this.wire.writeChunk(chunk)
  }

  finish(): void {
    this.wire.end()
  }

  destroy(): void {
    this.abort()
  }

  pause(): void {
    this.wire.pause()
  }

  resume(): void {
    this.wire.resume()
  }

  #cutFault(): FaultCode {
    return this.#reading === 'head' ? 'upstream_reset' : 'upstream_truncated'
  }

  #die(error: string, fault: FaultCode): void {
    if (this.state === 'dead') return
    this.state = 'dead'
    this.#wheel.disarm(this)
    this.#gathered = undefined
    this.wire.destroy()
    const handler = this.#handler
    this.#handler = undefined
    this.#owner.onDead(this, error)
    handler?.onFault(fault, this.#sent, this.#answered)
  }

  #read(borrowed: Buffer): void {
    // Nothing may answer a request that has not left yet.
    if (!this.#sent) return this.#die('', 'upstream_unsolicited')
    this.#answered = true
    let chunk = borrowed
    if (this.#gathered !== undefined) {
      this.#gathered.append(borrowed)
      chunk = this.#gathered.bytes
    }
    let at = 0
    while (at < chunk.length && this.state === 'busy') {
      if (this.#responseDone) return this.#die('', 'upstream_unsolicited')
      at = this.#reading === 'head' ? this.#readHead(chunk, at) : this.#readBody(chunk, at)
      if (at < 0) return
    }
    this.#handler?.onFlush()
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
        this.#die('', end)
        return -1
      }
    } else if (end - at > RESPONSE_HEAD_MAX) return this.#gather(chunk, at)
    return head.status < 200 ? this.#readInterim(head, chunk, end) : this.#beginBody(head, chunk, end)
  }

  #gather(chunk: Buffer, at: number): number {
    let gathered = this.#gathered
    if (gathered === undefined) {
      gathered = new HeadBuffer()
      gathered.append(at === 0 ? chunk : chunk.subarray(at))
      this.#gathered = gathered
    }
    if (gathered.isBad(RESPONSE_HEAD_MAX)) this.#die('', 'upstream_bad_head')
    else if (gathered.length > RESPONSE_HEAD_MAX) this.#die('', 'upstream_head_too_large')
    return -1
  }

  #readInterim(head: Http1Response, chunk: Buffer, end: number): number {
    const handler = this.#handler as ResponseHandler
    if (head.status === 101) {
      if (!handler.upgrade || !head.upgradeWebSocket) {
        this.#die('', 'upstream_bad_upgrade')
        return -1
      }
      this.state = 'tunnel'
      this.#wheel.disarm(this)
      this.#handler = undefined
      handler.onUpgrade(head, this, end < chunk.length ? Buffer.from(chunk.subarray(end)) : undefined)
      return -1
    }
    if (++this.#interims > INTERIM_MAX) {
      this.#die('', 'upstream_interim_flood')
      return -1
    }
    handler.onInterim(head)
    return end
  }

  #beginBody(head: Http1Response, chunk: Buffer, end: number): number {
    const handler = this.#handler as ResponseHandler
    this.#head = head
    const bodiless = handler.method === 'HEAD' || head.status === 204 || head.status === 304
    if (bodiless) {
      // Framing in a 204 is forbidden (RFC 9110 §15.3.5): whatever comes next on this connection is not to be believed.
      if (head.status === 204) {
        head.close ||= head.framed
        head.bodyLength = 0
      }
      this.#finishHead(head, chunk.length > end, true)
      return chunk.length
    }
    if (head.chunked) {
      this.#reading = 'chunked'
      this.#decoder = new ChunkedDecoder(RESPONSE_HEAD_MAX, RESPONSE_FIELDS_MAX)
    } else if (head.bodyLength > 0) {
      this.#reading = 'length'
      this.#remaining = head.bodyLength
    } else if (head.bodyLength === 0) {
      this.#finishHead(head, chunk.length > end, false)
      return chunk.length
    } else {
      this.#reading = 'close'
      head.close = true
    }
    handler.onHead(head, false)
    return end
  }

  // A response that is nothing but a head. Put back before the handler hears of it: its client's next request may want this connection.
  #finishHead(head: Http1Response, surplus: boolean, rests: boolean): void {
    const handler = this.#handler as ResponseHandler
    this.#release(surplus, rests)
    handler.onHead(head, true)
  }

  #readBody(chunk: Buffer, at: number): number {
    const handler = this.#handler as ResponseHandler
    if (this.#reading === 'length') {
      const take = Math.min(this.#remaining, chunk.length - at)
      this.#remaining -= take
      const last = this.#remaining === 0
      const data = take === chunk.length ? chunk : chunk.subarray(at, at + take)
      handler.onData(data)
      if (last && this.#handler === handler) this.#complete(undefined, at + take < chunk.length)
      return at + take
    }
    if (this.#reading === 'close') {
      handler.onData(at === 0 ? chunk : chunk.subarray(at))
      return chunk.length
    }
    const decoder = this.#decoder as ChunkedDecoder
    const used = decoder.feed(chunk, at, this.#chunkSink)
    if (decoder.fault !== undefined) {
      this.#die('', 'upstream_bad_chunk')
      return -1
    }
    if (decoder.done && this.state === 'busy') this.#complete(decoder.trailers, used < chunk.length)
    return used
  }

  // What the chunked decoder writes into; the handler may have gone away in between.
  #chunkSink: BodyReceiver = {
    data: (chunk) => this.#handler?.onData(chunk) ?? true,
    end: () => {},
    fault: () => {},
    flush: () => {},
  }

  #complete(trailers: Fields | undefined, surplus: boolean): void {
    const handler = this.#handler as ResponseHandler
    this.#release(surplus, false)
    handler.onEnd(trailers)
  }

  /** The response has ended. The connection is used again only if the request ended too, nothing is left over and nobody said close. */
  #release(surplus: boolean, rests: boolean): void {
    const head = this.#head as Http1Response
    this.#responseDone = true
    this.#handler = undefined
    this.#decoder = undefined
    this.#head = undefined
    this.served++
    if (surplus || !this.#requestDone || head.close) return this.#die('', 'upstream_reset')
    if (head.keepAlive >= 0) this.idleTimeout = Math.min(this.idleTimeout, Math.max(1_000, head.keepAlive * 1_000 - 500))
    if (rests) {
      this.state = 'resting'
      this.#wheel.arm(this, this.#wheel.now + REST_MS)
    } else this.#becomeIdle()
  }

  #becomeIdle(): void {
    this.state = 'idle'
    this.idleSince = this.#wheel.now
    // Whoever was slow to take the last body is gone: the pause ends with it.
    this.wire.resume()
    this.#owner.onIdle(this)
    if (this.state === 'idle') this.#wheel.arm(this, this.#wheel.now + this.idleTimeout)
  }
}
