// Two ends joined after a protocol switch (WebSocket): bytes pass unread, with backpressure both ways, until either side is over or
// nothing has moved for too long.
import type { FaultCode } from '../base/fault.ts'
import type { TunnelEnd, TunnelPeer } from '../http/message.ts'
import type { Wheel } from '../net/wheel.ts'
import { Timed } from '../net/wheel.ts'

/** Joins `near` (the client) and `far` (the service). `over` is told once, with the bytes that passed. */
export class Tunnel extends Timed {
  received = 0
  sent = 0
  #near: TunnelEnd
  #far: TunnelEnd
  #wheel: Wheel
  #idle: number
  #activeAt: number
  #open = true
  #ends = 0
  #over: (tunnel: Tunnel, fault: FaultCode | undefined) => void

  constructor(near: TunnelEnd, far: TunnelEnd, wheel: Wheel, idle: number, over: (tunnel: Tunnel, fault: FaultCode | undefined) => void) {
    super()
    this.#near = near
    this.#far = far
    this.#wheel = wheel
    this.#idle = idle
    this.#activeAt = wheel.now
    this.#over = over
    wheel.arm(this, wheel.now + idle)
  }

  /** What the client's end is given as its peer. */
  readonly fromNear: TunnelPeer = {
    onData: (chunk) => this.#pass(chunk, this.#near, this.#far, true),
    onDrain: () => this.#far.resume(),
    onEnd: () => this.#half(this.#far),
    onClose: (error) => this.close(error === '' ? undefined : 'client_closed'),
  }

  /** What the service's end is given. */
  readonly fromFar: TunnelPeer = {
    onData: (chunk) => this.#pass(chunk, this.#far, this.#near, false),
    onDrain: () => this.#near.resume(),
    onEnd: () => this.#half(this.#near),
    onClose: (error) => this.close(error === '' ? undefined : 'upstream_truncated'),
  }

  #pass(chunk: Buffer, from: TunnelEnd, to: TunnelEnd, inward: boolean): void {
    if (!this.#open) return
    this.#activeAt = this.#wheel.now
    if (inward) this.received += chunk.length
    else this.sent += chunk.length
    if (!to.write(chunk)) from.pause()
  }

  // One direction is done; the other goes on until it is done too.
  #half(to: TunnelEnd): void {
    if (!this.#open) return
    to.finish()
    if (++this.#ends === 2) this.close(undefined)
  }

  onDue(now: number): void {
    if (now - this.#activeAt < this.#idle) this.#wheel.arm(this, this.#activeAt + this.#idle)
    else this.close('upstream_stalled')
  }

  /** Ends both sides. What is still queued after a clean end of both leaves; after anything else it is dropped. */
  close(fault: FaultCode | undefined): void {
    if (!this.#open) return
    this.#open = false
    this.#wheel.disarm(this)
    for (const end of [this.#near, this.#far]) {
      if (this.#ends === 2) end.finish()
      else end.destroy()
    }
    this.#over(this, fault)
  }
}
