// One client connection, HTTP/1.1: finds heads, feeds bodies, writes responses in order, one exchange at a time.
// Before it on the way: `net/listener.ts`. After it: `parse-head.ts`, then `serve/exchange.ts` through `ConnectionHost.begin`.
//
//   idle → head → (body →) waiting → idle;   any → draining (a fault was answered) → dead;   waiting → tunnel (101)
import type { FaultCode } from '../base/fault.ts'
import { ownString } from '../base/own-string.ts'
import type { BodyReceiver, Source, TunnelEnd, TunnelPeer } from '../http/message.ts'
import type { Wheel } from '../net/wheel.ts'
import { Timed } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import { HeadBuffer } from './head-buffer.ts'
import { DRAIN_BYTES, DRAIN_MS, HELD_MAX } from './limits.ts'
import { headFault, Http1Request, parseRequestHead } from './parse-head.ts'
import { countHeads } from './pipelined.ts'
import { RequestBody } from './request-body.ts'
import { ResponseWriter } from './response-writer.ts'

const CRLFCRLF = Buffer.from('\r\n\r\n')
const CR = 0x0d
// A client that reads takes at least this much in each `timeouts.write`.
const PACE = 1_024
const LF = 0x0a

/** The exchange as its connection sees it. */
export interface ServerExchange {
  /** What was written has left: a paused source may go on. */
  onDrain(): void
  /** The client is gone, or its body broke: nothing more can be said to it. */
  onClientGone(code: FaultCode): void
  /** A deadline of the exchange passed (body or write): the next one, or Infinity. */
  onDue(now: number): number
}

/** What the configuration says to a connection: read at each head, so that a reload takes effect there. */
export interface ConnectionSettings {
  readonly limits: { readonly head: number; readonly headers: number; readonly target: number; readonly pipelined: number }
  readonly timeouts: { readonly head: number; readonly keepAlive: number; readonly body: number; readonly write: number }
}

/** Whoever serves the connection. */
export interface ConnectionHost {
  readonly wheel: Wheel
  readonly settings: ConnectionSettings
  /** Replies carry `Connection: close` from now on. */
  readonly draining: boolean
  /** A request's head is complete: sets `connection.exchange`, which answers into `connection.writer`, maybe before this returns. */
  begin(connection: ServerConnection, head: Http1Request): void
  /** A request that could not be read: answers it (the connection closes afterwards) and logs it. `head` holds what could be read. */
  reject(connection: ServerConnection, fault: FaultCode, head: Http1Request | undefined): void
  /** The connection is over. Told once. */
  closed(connection: ServerConnection): void
}

type State = 'idle' | 'head' | 'body' | 'waiting' | 'tunnel' | 'draining' | 'dead'

export class ServerConnection extends Timed implements WireHandler, Source, TunnelEnd {
  state: State = 'idle'
  readonly wire: Wire
  readonly scheme: 'http' | 'https'
  /** The address of the TCP peer. */
  readonly peer: string
  readonly localPort: number
  readonly writer: ResponseWriter
  exchange: ServerExchange | undefined = undefined
  tunnel: TunnelPeer | undefined = undefined
  /** No request after this one. */
  closing = false
  /** What the last request's client was found to be; the exchange's memory. */
  client: { readonly address: string; readonly peer: string; readonly trusted: boolean } | undefined = undefined
  /** Requests begun. */
  requests = 0
  /** Room for what the host keeps about the listener. */
  readonly host: ConnectionHost
  #body: RequestBody | undefined = undefined
  #gathered: HeadBuffer | undefined = undefined
  #held: Buffer | undefined = undefined
  #heldHeads = 0
  #blankSeen = false
  #processing = false
  #clientEnded = false
  #drained = 0
  #headStarted = 0
  #unsent = 0
  // The authority of the last request: the next one's is probably the same, and then need not be judged again.
  #authority = ''

  constructor(wire: Wire, host: ConnectionHost, scheme: 'http' | 'https') {
    super()
    this.wire = wire
    this.host = host
    this.scheme = scheme
    this.peer = wire.remoteAddress
    this.localPort = wire.localPort
    this.writer = new ResponseWriter(wire)
    host.wheel.arm(this, host.wheel.now + host.settings.timeouts.head)
  }

  // --- the wire ---

  onConnect(): void {}

  onData(chunk: Buffer): void {
    switch (this.state) {
      case 'idle':
      case 'head':
        return this.#process(chunk)
      case 'body':
        if (this.#held === undefined && (this.#body as RequestBody).flowing) return this.#process(chunk)
        return this.#hold(chunk)
      case 'waiting':
        return this.#hold(chunk)
      case 'tunnel':
        return this.tunnel?.onData(chunk)
      case 'draining':
        this.#drained += chunk.length
        if (this.#drained > DRAIN_BYTES) this.destroy()
        return
      case 'dead':
        return
      default: {
        const never: never = this.state
        return never
      }
    }
  }

  onDrain(): void {
    if (this.state === 'tunnel') this.tunnel?.onDrain()
    else this.exchange?.onDrain()
  }

  onEnd(): void {
    switch (this.state) {
      case 'tunnel':
        return this.tunnel?.onEnd()
      case 'body':
        this.#clientEnded = true
        // What is still held may be the rest of the body: it is fed first, then the end counts.
        if (this.#held === undefined) this.#bodyFault('body_truncated')
        return
      case 'waiting':
        // A FIN does not mean lost interest: the response is still delivered (R17).
        this.#clientEnded = true
        return
      case 'head':
        return this.#reject(this.#gathered !== undefined && this.#gathered.isBad(this.host.settings.limits.head) ? 'bad_line_ending' : 'bad_request_line', undefined)
      default:
        return this.finishClose()
    }
  }

  onClose(error: string): void {
    if (this.state === 'dead') return
    const tunnel = this.state === 'tunnel' ? this.tunnel : undefined
    this.#die()
    tunnel?.onClose(error)
  }

  onDue(now: number): void {
    const { wheel } = this.host
    switch (this.state) {
      case 'idle':
        return this.requests === 0 ? this.#reject('head_timeout', undefined) : this.finishClose()
      case 'head':
        return this.#reject('head_timeout', undefined)
      case 'body':
      case 'waiting': {
        const next = this.exchange === undefined ? Infinity : this.exchange.onDue(now)
        if (next !== Infinity) wheel.arm(this, next)
        return
      }
      case 'draining': {
        // What is queued may still leave, at the pace that every client is held to.
        const next = this.writeDue(now)
        return typeof next === 'number' && next !== Infinity ? wheel.arm(this, next) : this.destroy()
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

  // --- requests ---

  /** Reads as many messages as `chunk` and the current exchange allow; keeps the rest. */
  #process(borrowed: Buffer): void {
    this.#processing = true
    let chunk = borrowed
    let at = 0
    if (this.#gathered !== undefined && this.state === 'head') {
      this.#gathered.append(borrowed)
      chunk = this.#gathered.bytes
    }
    while (at < chunk.length) {
      if (this.state === 'idle' || this.state === 'head') {
        at = this.#readHead(chunk, at)
        if (at < 0) break
      } else if (this.state === 'body' && (this.#body as RequestBody).flowing) at = this.#feedBody(chunk, at)
      else {
        if (this.state === 'body' || this.state === 'waiting') this.#hold(chunk.subarray(at))
        else if (this.state === 'tunnel') this.tunnel?.onData(chunk.subarray(at))
        break
      }
    }
    this.#processing = false
  }

  #readHead(chunk: Buffer, start: number): number {
    let at = start
    const gathered = this.#gathered
    if (gathered === undefined && !this.#blankSeen && chunk[at] === CR) {
      // One empty line before a request is courtesy (RFC 9112 §2.2); a second one is not.
      if (at + 1 === chunk.length) return this.#gather(chunk, at)
      if (chunk[at + 1] === LF) {
        this.#blankSeen = true
        at += 2
        if (at === chunk.length) return at
      }
    } else if (gathered !== undefined && !this.#blankSeen && chunk[0] === CR && chunk[1] === LF) {
      this.#blankSeen = true
      const rest = Buffer.from(chunk.subarray(2))
      this.#gathered = undefined
      return rest.length === 0 ? -1 : this.#restart(rest)
    }
    const { limits } = this.host.settings
    const head = new Http1Request(this.scheme)
    // The usual head is whole and well-formed: its end is found by reading it, and looked for only when that fails.
    let end = gathered === undefined ? parseRequestHead(chunk, at, limits, head, this.#authority) : -1
    if (typeof end === 'string' || end < 0) {
      const close = gathered === undefined ? chunk.indexOf(CRLFCRLF, at) + 4 : gathered.findEnd()
      if (close < 4 || close - at > limits.head) return this.#gather(chunk, at)
      this.#gathered = undefined
      if (typeof end !== 'string') end = parseRequestHead(chunk, at, limits, head, this.#authority)
      if (typeof end === 'string') {
        this.#reject(headFault(chunk, at, close, end), head)
        return -1
      }
    } else if (end - at > limits.head) return this.#gather(chunk, at)
    this.#blankSeen = false
    this.#begin(head)
    return end
  }

  #restart(rest: Buffer): number {
    const at = this.#readHead(rest, 0)
    // Only a head without its end can be left in so few bytes; what follows a whole one is held by then.
    if (at >= 0 && at < rest.length) this.#hold(rest.subarray(at))
    return -1
  }

  #gather(chunk: Buffer, at: number): number {
    const { limits, timeouts } = this.host.settings
    let gathered = this.#gathered
    if (gathered === undefined) {
      gathered = new HeadBuffer()
      gathered.append(at === 0 ? chunk : chunk.subarray(at))
      this.#gathered = gathered
      this.state = 'head'
      this.#headStarted = this.host.wheel.now
      // Absolute: a head that drips in does not move it. A connection's first head has had its deadline since accept.
      if (this.requests > 0) this.host.wheel.arm(this, this.#headStarted + timeouts.head)
    }
    if (gathered.isBad(limits.head)) this.#reject('bad_line_ending', undefined)
    else if (gathered.length > limits.head) this.#reject(gathered.bytes.subarray(0, limits.head).includes('\r\n') ? 'head_too_large' : 'target_too_long', undefined)
    return -1
  }

  #begin(head: Http1Request): void {
    this.requests++
    this.closing = head.close || this.host.draining
    this.host.wheel.relax(this)
    const writer = this.writer
    writer.begin(head.method === 'HEAD', head.http10, this.closing)
    if (head.bodyLength === 0) this.state = 'waiting'
    else {
      this.state = 'body'
      this.#body = new RequestBody(head.bodyLength, this.host.settings.limits)
      writer.bodyPending = true
    }
    if (head.authority !== this.#authority) this.#authority = ownString(head.authority)
    this.host.begin(this, head)
  }

  #feedBody(chunk: Buffer, at: number): number {
    const body = this.#body as RequestBody
    const used = body.feed(chunk, at)
    if (body.broken !== undefined) {
      this.#bodyFault(body.broken)
      return chunk.length
    }
    if (body.done && this.state === 'body') {
      this.state = 'waiting'
      this.writer.bodyPending = false
      this.#body = undefined
      body.finish()
    } else body.receiver?.flush()
    return used
  }

  // The body broke. If nothing has been answered the client hears why; what the service got is never ended cleanly.
  #bodyFault(fault: FaultCode): void {
    const body = this.#body
    this.closing = true
    this.writer.close = true
    body?.receiver?.fault(fault)
    if (this.state === 'body') this.exchange?.onClientGone(fault)
  }

  /** Keeps what came ahead of its time: pipelined requests, or a body that nobody takes yet. Always a copy. */
  #hold(chunk: Buffer): void {
    if (this.closing && this.state === 'waiting') return
    this.#held = this.#held === undefined ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk])
    if (this.#held.length > HELD_MAX || this.state === 'body') this.wire.pause()
    if (this.state === 'waiting') {
      this.#heldHeads = countHeads(this.#held)
      // The 17th complete request that waits: the current one is answered, then the connection ends.
      if (this.#heldHeads > this.host.settings.limits.pipelined) {
        this.closing = true
        this.writer.close = true
        this.#held = undefined
      }
    }
  }

  /** Goes on with what was held, once the exchange or the body's receiver allows. */
  #release(): void {
    const held = this.#held
    this.wire.resume()
    if (held === undefined) return
    this.#held = undefined
    this.#process(held)
    if (this.#clientEnded && this.#held === undefined) {
      if (this.state === 'body') this.#bodyFault('body_truncated')
      else if (this.state === 'idle' || this.state === 'head') this.onEnd()
    }
  }

  // --- the request's body as a source ---

  /** Says where the body goes; it flows from now on. */
  takeBody(receiver: BodyReceiver): void {
    const body = this.#body
    if (body === undefined) return
    body.receiver = receiver
    body.flowing = true
    if (!this.#processing) this.#release()
  }

  pause(): void {
    if (this.#body !== undefined) this.#body.flowing = false
    this.wire.pause()
  }

  resume(): void {
    const body = this.#body
    if (body !== undefined && body.receiver !== undefined) body.flowing = true
    if (!this.#processing) this.#release()
  }

  /** The rest of the body is not wanted: it is dropped, and the connection ends with this response. */
  cancel(): void {
    const body = this.#body
    if (body === undefined) return
    this.closing = true
    this.writer.close = true
    this.#held = undefined
    body.receiver = undefined
    body.flowing = false
  }

  // --- the exchange's end ---

  /** The response is complete: the next request, or the end of the connection. */
  finishExchange(): void {
    this.exchange = undefined
    if (this.state === 'dead') return
    if (this.#body !== undefined || this.closing || this.writer.close) {
      this.#body = undefined
      return this.finishClose()
    }
    this.state = 'idle'
    this.#heldHeads = 0
    if (this.#clientEnded && this.#held === undefined) return this.finishClose()
    this.host.wheel.arm(this, this.host.wheel.now + this.host.settings.timeouts.keepAlive)
    if (!this.#processing && this.#held !== undefined) this.#release()
  }

  /** From here on the connection is one end of a tunnel. What the client sent ahead goes first. */
  switchProtocols(peer: TunnelPeer): void {
    const held = this.#held
    this.#held = undefined
    this.exchange = undefined
    this.state = 'tunnel'
    this.tunnel = peer
    this.host.wheel.relax(this)
    this.wire.resume()
    if (held !== undefined) peer.onData(held)
    if (this.#clientEnded) peer.onEnd()
  }

  write(chunk: Buffer): boolean {
    return this.wire.writeChunk(chunk)
  }

  finish(): void {
    this.wire.end()
  }

  /** The client reads slower than we write: from now on it must take at least 1 KiB in each `timeouts.write`. */
  armWrite(): void {
    this.#unsent = this.wire.unsent
    this.host.wheel.arm(this, this.host.wheel.now + this.host.settings.timeouts.write)
  }

  /** The next write deadline, Infinity when nothing waits, or the fault of a client that took too little. */
  writeDue(now: number): number | FaultCode {
    const { unsent } = this.wire
    if (unsent === 0) return Infinity
    const moved = this.#unsent - unsent
    this.#unsent = unsent
    return moved >= PACE ? now + this.host.settings.timeouts.write : 'write_timeout'
  }

  /** Sends FIN and reads on for a moment, so that a client that is still writing gets to see the answer before a reset. */
  finishClose(): void {
    if (this.state === 'dead' || this.state === 'draining') return
    this.state = 'draining'
    this.#unsent = this.wire.unsent
    this.#held = undefined
    this.#gathered = undefined
    this.host.wheel.arm(this, this.host.wheel.now + DRAIN_MS)
    this.wire.resume()
    this.wire.end()
  }

  /** The response cannot be completed: the client must see that. */
  cut(): void {
    if (this.state === 'dead') return
    this.wire.reset()
    this.#die()
  }

  destroy(): void {
    if (this.state === 'dead') return
    this.wire.destroy()
    this.#die()
  }

  #reject(fault: FaultCode, head: Http1Request | undefined): void {
    this.closing = true
    this.#gathered = undefined
    this.writer.begin(false, false, true)
    this.host.reject(this, fault, head)
    this.finishClose()
  }

  #die(): void {
    this.state = 'dead'
    this.host.wheel.disarm(this)
    this.#held = undefined
    this.#gathered = undefined
    const exchange = this.exchange
    const body = this.#body
    this.exchange = undefined
    this.#body = undefined
    body?.receiver?.fault('client_closed')
    exchange?.onClientGone('client_closed')
    this.host.closed(this)
  }
}
