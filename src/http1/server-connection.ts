// One client connection, HTTP/1.1: finds heads, feeds bodies, writes responses in order, one exchange at a time.
// Before it on the way: `net/listener.ts`. After it: `parse-head.ts`, then `serve/exchange.ts` through `ConnectionHost.begin`.
//
//   idle → head → (body →) waiting → idle;   any → draining (a fault was answered) → dead;   waiting → tunnel (101)
import type { FaultCode } from '../base/fault.ts'
import { ownString } from '../base/own-string.ts'
import { FieldName } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import type { ResponseHead, TunnelEnd, TunnelPeer } from '../http/message.ts'
import type { Wheel } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import { DRAIN_BYTES, DRAIN_MS } from './limits.ts'
import type { Http1Request } from './parse-head.ts'
import { RequestBody } from './request-body.ts'
import { RequestInput } from './request-input.ts'
import type { ConnectionSettings } from './request-input.ts'
import { ResponseWriter } from './response-writer.ts'
import { WritePace } from './write-pace.ts'

const CONTENT_TYPE = new FieldName('content-type')

/** The exchange as its connection sees it. */
export interface ServerExchange {
  /** What was written has left: a paused source may go on. */
  onDrain(): void
  /** The client is gone, or its body broke: nothing more can be said to it. */
  onClientGone(code: FaultCode): void
  /** A deadline of the exchange passed (body or write): the next one, or Infinity. */
  onDue(now: number): number
}

/** Whoever serves the connection. */
export interface ConnectionHost {
  readonly wheel: Wheel
  readonly settings: ConnectionSettings
  /** A request's head is complete: sets `connection.exchange`, which answers into `connection.writer`, maybe before this returns. */
  begin(connection: ServerConnection, head: Http1Request): void
  /** A request that could not be read: answers it (the connection closes afterwards) and logs it. `head` holds what could be read. */
  reject(connection: ServerConnection, fault: FaultCode, head: Http1Request): void
  /** The connection is over. Told once. */
  closed(connection: ServerConnection): void
}

export class ServerConnection extends RequestInput implements WireHandler, TunnelEnd {
  readonly host: ConnectionHost
  /** The address of the TCP peer. */
  readonly peer: string
  readonly localPort: number
  exchange: ServerExchange | undefined = undefined
  /** What the last request's client was found to be; the exchange's memory. */
  client: { readonly address: string; readonly peer: string; readonly trusted: boolean } | undefined = undefined
  #drained = 0
  // Of a client that reads slower than we write.
  #pace: WritePace | undefined = undefined
  // The head of the answer that is under way.
  #response: ResponseHead | undefined = undefined

  constructor(wire: Wire, host: ConnectionHost, scheme: 'http' | 'https') {
    super(wire, new ResponseWriter(wire), scheme)
    this.host = host
    this.peer = wire.remoteAddress
    this.localPort = wire.localPort
    host.wheel.arm(this, host.wheel.now + host.settings.timeouts.head)
  }

  // --- the wire ---

  onConnect(): void {}

  onData(chunk: Buffer): void {
    switch (this.state) {
      case 'idle':
      case 'head':
        return this.process(chunk)
      case 'body':
        if (this.held === undefined && (this.requestBody as RequestBody).flowing) return this.process(chunk)
        return this.hold(chunk)
      case 'waiting':
        return this.hold(chunk)
      case 'tunnel':
        return this.tunnel?.onData(chunk)
      case 'draining':
        this.#drained += chunk.length
        if (this.#drained > DRAIN_BYTES) this.destroy()
        return
      case 'dead':
        return
      default:
        return this.state satisfies never
    }
  }

  onDrain(): void {
    this.writer.onDrain()
    if (this.state === 'tunnel') this.tunnel?.onDrain()
    else if (this.state === 'draining') this.host.wheel.arm(this, this.host.wheel.now + DRAIN_MS)
    else this.exchange?.onDrain()
  }

  onEnd(): void {
    switch (this.state) {
      case 'tunnel':
        return this.tunnel?.onEnd()
      case 'body':
        this.clientEnded = true
        // What is still held may be the rest of the body: it is fed first, then the end counts.
        if (this.held === undefined) this.bodyFault('body_truncated')
        return
      case 'waiting':
        // A FIN does not mean lost interest: the response is still delivered (R17).
        this.clientEnded = true
        return this.#endEvents()
      case 'head':
        return this.rejectGathered(this.gathered?.badByte(this.host.settings.limits.head) ?? 'bad_request_line')
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
        return this.requests === 0 ? this.rejectGathered('head_timeout') : this.finishClose()
      case 'head':
        return this.rejectGathered('head_timeout')
      case 'body':
      case 'waiting': {
        const next = this.exchange === undefined ? Infinity : this.exchange.onDue(now)
        if (next !== Infinity) wheel.arm(this, next)
        return
      }
      case 'draining': {
        const next = this.writeDue(now)
        return typeof next === 'number' && next !== Infinity ? wheel.arm(this, next) : this.destroy()
      }
      case 'tunnel':
      case 'dead':
        return
      default:
        return this.state satisfies never
    }
  }

  // --- requests ---

  protected begin(head: Http1Request): void {
    this.requests++
    this.closing = head.close
    this.host.wheel.relax(this)
    const writer = this.writer
    writer.begin(head.method === 'HEAD', head.http10, this.closing)
    if (head.bodyLength === 0) this.state = 'waiting'
    else {
      this.state = 'body'
      this.requestBody = new RequestBody(head.bodyLength, this.host.settings.limits)
      writer.bodyPending = true
    }
    if (head.authority !== this.authority) this.authority = ownString(head.authority)
    this.host.begin(this, head)
  }

  // The body broke. If nothing has been answered the client hears why; what the service got is never ended cleanly.
  protected bodyFault(fault: FaultCode): void {
    const body = this.requestBody
    this.closing = true
    this.writer.close = true
    body?.receiver?.fault(fault)
    if (this.state === 'body') this.exchange?.onClientGone(fault)
  }

  protected ended(): void {
    if (this.state === 'body') this.bodyFault('body_truncated')
    else if (this.state === 'idle' || this.state === 'head') this.onEnd()
  }

  /** The response's head. `endStream`: nothing follows. */
  sendHead(head: ResponseHead, endStream: boolean): void {
    this.writer.head(head, endStream)
    if (endStream) return
    this.#response = head
    if (this.clientEnded) this.#endEvents()
  }

  // No EventSource closes one half only, and events may not come for hours: whoever sends a FIN has left them.
  #endEvents(): void {
    if (this.#response !== undefined && fieldOf(this.#response, CONTENT_TYPE)?.startsWith('text/event-stream') === true) this.cut()
  }

  // --- the exchange's end ---

  /** The response is complete: the next request, or the end of the connection. */
  finishExchange(): void {
    this.exchange = undefined
    this.#response = undefined
    if (this.state === 'dead') return
    if (this.requestBody !== undefined || this.closing || this.writer.close) {
      this.requestBody = undefined
      return this.finishClose()
    }
    this.state = 'idle'
    if (this.clientEnded && this.held === undefined) return this.finishClose()
    this.armIdle()
    this.resumeInput()
  }

  /** From here on the connection is one end of a tunnel. What the client sent ahead goes first. */
  switchProtocols(peer: TunnelPeer): void {
    const held = this.held
    this.held = undefined
    this.exchange = undefined
    this.state = 'tunnel'
    this.tunnel = peer
    this.host.wheel.relax(this)
    this.wire.resume()
    if (held !== undefined) peer.onData(held)
    if (this.clientEnded) peer.onEnd()
  }

  write(chunk: Buffer): boolean {
    return this.wire.writeChunk(chunk)
  }

  finish(): void {
    this.wire.end()
  }

  /** The client reads slower than we write: from now on it must take at least 1 KiB in each `timeouts.write`. */
  armWrite(): void {
    const { wheel, settings } = this.host
    const at = wheel.now + settings.timeouts.write
    this.#pace = new WritePace(this.wire.unsent, at)
    // The body of its request may be due sooner.
    if (at < this.dueAt) wheel.arm(this, at)
  }

  /** The next write deadline, Infinity when nothing waits, or the fault of a client that took too little. */
  writeDue(now: number): number | FaultCode {
    const { unsent } = this.wire
    if (unsent === 0 || this.#pace === undefined) return Infinity
    return this.#pace.due(unsent, now, this.host.settings.timeouts.write)
  }

  /** Sends FIN and reads on for a moment, so that a client that is still writing gets to see the answer before a reset. */
  finishClose(): void {
    if (this.state === 'dead' || this.state === 'draining') return
    this.state = 'draining'
    this.held = undefined
    this.gathered = undefined
    this.host.wheel.relax(this)
    // What is queued leaves first, at the pace that every client is held to.
    if (this.wire.unsent > 0) this.armWrite()
    else this.host.wheel.arm(this, this.host.wheel.now + DRAIN_MS)
    this.wire.resume()
    this.wire.end()
  }

  /** The response cannot be completed: the client must see that. Before its exchange has ended: behind our FIN there can be no RST. */
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

  protected reject(fault: FaultCode, head: Http1Request): void {
    this.closing = true
    this.gathered = undefined
    this.writer.begin(head.method === 'HEAD', head.http10, true)
    this.host.reject(this, fault, head)
    this.finishClose()
  }

  #die(): void {
    this.state = 'dead'
    this.host.wheel.disarm(this)
    this.held = undefined
    this.gathered = undefined
    const exchange = this.exchange
    const body = this.requestBody
    this.exchange = undefined
    this.requestBody = undefined
    body?.receiver?.fault('client_closed')
    exchange?.onClientGone('client_closed')
    this.host.closed(this)
  }
}
