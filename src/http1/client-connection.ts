// One connection to a service, HTTP/1.1: writes requests, reads responses strictly, and knows whether it may be used again.
// Before it on the way: `upstream/pool.ts`, which picked it. After it: the `ResponseHandler` of the request (`upstream/forwarding.ts`).
//
//   connecting → idle ⇄ busy → resting (HEAD, 204, 304) → idle;   any → dead;   busy → tunnel (101)
import type { FaultCode } from '../base/fault.ts'
import { latin1 } from '../base/latin1.ts'
import type { BodyReceiver, Fields, TunnelEnd, TunnelPeer } from '../http/message.ts'
import type { Flusher } from '../net/flusher.ts'
import type { Wheel } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import { chunkLine, lastChunk } from './encode.ts'
import { JOIN_MAX, REST_MS } from './limits.ts'
import type { Http1Response } from './parse-response.ts'
import { idleWithin, ResponseInput } from './response-input.ts'
import type { ResponseHandler } from './response-input.ts'

/** Whoever keeps the connection. */
export interface ConnectionOwner {
  onConnected(connection: ClientConnection): void
  /** It may carry another request. */
  onIdle(connection: ClientConnection): void
  /** It is over, `error` being the system's code where it never connected. Told once. */
  onDead(connection: ClientConnection, error: string): void
}

export class ClientConnection extends ResponseInput implements WireHandler, BodyReceiver, TunnelEnd {
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
  #flusher: Flusher
  #pending = ''
  #full = false
  #chunkedRequest = false
  #requestDone = true

  constructor(owner: ConnectionOwner, wheel: Wheel, flusher: Flusher) {
    super(wheel)
    this.#owner = owner
    this.#flusher = flusher
  }

  /** Queues a request: it leaves in the check phase of this turn, after bytes or a FIN that the poll may have brought were seen. */
  send(handler: ResponseHandler, text: string, chunked: boolean, hasBody: boolean): void {
    this.state = 'busy'
    this.expectResponse(handler)
    this.#pending = text
    this.#chunkedRequest = chunked
    this.#requestDone = !hasBody
    this.#flusher.add(this)
  }

  /** Called by the flusher, in the check phase. */
  onCheck(): void {
    const handler = this.handler
    if (handler === undefined || this.state !== 'busy') return
    this.sent = true
    handler.onSend(this.wheel.readClock())
    this.#writePending()
  }

  /** Deadline of the request in flight, monotonic ms. */
  arm(at: number): void {
    this.wheel.arm(this, at)
  }

  // --- the request's body, written by the exchange ---

  data(chunk: Buffer): boolean {
    if (this.state !== 'busy' || this.#requestDone) return true
    const before = this.#chunkedRequest ? this.#pending + chunkLine(chunk.length) : this.#pending
    const after = this.#chunkedRequest ? '\r\n' : ''
    if (chunk.length <= JOIN_MAX && before.length <= JOIN_MAX) {
      this.#pending = before + latin1(chunk, 0, chunk.length) + after
      // As in `response-writer.ts`: a write at the end of an earlier turn that was too much is told here.
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
    if (this.sent && this.state === 'busy') this.#writePending()
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
    this.idleSince = this.wheel.now
    this.#owner.onConnected(this)
  }

  onData(chunk: Buffer): void {
    if (this.state === 'busy') this.read(chunk)
    else if (this.state === 'tunnel') this.tunnel?.onData(chunk)
    // Bytes that nobody asked for: what they are does not matter, the next answer on this connection could be one of them.
    else if (this.state !== 'dead') this.die('', 'upstream_unsolicited')
  }

  onDrain(): void {
    this.#full = false
    if (this.state === 'tunnel') this.tunnel?.onDrain()
    else this.handler?.onDrain()
  }

  onEnd(): void {
    if (this.state === 'tunnel') this.tunnel?.onEnd()
    else if (this.state === 'busy' && this.reading === 'close' && !this.responseDone) this.complete(undefined, false)
    else this.die('', this.#cutFault())
  }

  onClose(error: string): void {
    if (this.state === 'tunnel') {
      this.state = 'dead'
      this.wheel.disarm(this)
      this.tunnel?.onClose(error)
      this.#owner.onDead(this, error)
    } else this.die(error, this.#cutFault())
  }

  onDue(now: number): void {
    switch (this.state) {
      case 'connecting':
        return this.die('ETIMEDOUT', 'upstream_connect_timeout')
      case 'resting':
        return this.#becomeIdle()
      case 'idle':
        return this.die('', 'upstream_reset')
      case 'busy': {
        const next = (this.handler as ResponseHandler).onDue(now)
        if (typeof next === 'number') this.wheel.arm(this, next)
        else this.die('', next)
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
    this.handler = undefined
    this.die('', 'upstream_reset')
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
    return this.reading === 'head' ? 'upstream_reset' : 'upstream_truncated'
  }

  protected die(error: string, fault: FaultCode): void {
    if (this.state === 'dead') return
    this.state = 'dead'
    this.wheel.disarm(this)
    this.forgetResponse()
    this.wire.destroy()
    const handler = this.handler
    this.handler = undefined
    this.#owner.onDead(this, error)
    handler?.onFault(fault, this.sent, this.answered)
  }

  protected asTunnel(): TunnelEnd {
    return this
  }

  /** The response has ended. The connection is used again only if the request ended too, nothing is left over and nobody said close. */
  protected release(surplus: boolean, rests: boolean): void {
    const head = this.responseHead as Http1Response
    // A service that was asked to switch and did not may still have switched in its own mind.
    const odd = this.handler?.upgrade === true
    this.responseDone = true
    this.handler = undefined
    this.forgetResponse()
    this.served++
    if (surplus || odd || !this.#requestDone || head.close) return this.die('', 'upstream_reset')
    if (head.keepAlive >= 0) this.idleTimeout = idleWithin(this.idleTimeout, head.keepAlive)
    if (rests) {
      this.state = 'resting'
      this.wheel.arm(this, this.wheel.now + REST_MS)
    } else this.#becomeIdle()
  }

  #becomeIdle(): void {
    this.state = 'idle'
    this.idleSince = this.wheel.now
    // Whoever was slow to take the last body is gone: the pause ends with it.
    this.wire.resume()
    this.#owner.onIdle(this)
    if (this.state === 'idle') this.wheel.arm(this, this.wheel.now + this.idleTimeout)
  }
}
