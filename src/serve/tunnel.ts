// Two ends joined after a protocol switch (WebSocket): bytes pass unread, with backpressure both ways, until either side is over, nothing
// has moved for too long, or the route's `websocket` says that it is time.
import type { FaultCode } from '../base/fault.ts'
import type { TunnelEnd, TunnelPeer } from '../http/message.ts'
import type { Wheel } from '../net/wheel.ts'
import { Timed } from '../net/wheel.ts'
import { FrameEnds } from './frame-ends.ts'

/** How long a tunnel may live. Milliseconds, 0 for no bound. */
export interface TunnelRules {
  readonly idle: number
  readonly lifetime: number
}

/** A tunnel's end towards the client. */
export interface NearEnd extends TunnelEnd {
  /** What is queued leaves, then FIN; the client has a moment to answer it. */
  finishClose(): void
}

/** Going Away (RFC 6455 §7.4.1), in a frame as servers send it. */
const GOING_AWAY = Buffer.from([0x88, 2, 1_001 >> 8, 1_001 & 255])
/** How long the end of a frame is waited for when time is up in the middle of one. */
const FRAME_MAX = 5_000

/** Joins `near` (the client) and `far` (the service). `over` is told once, with the bytes that passed. */
export class Tunnel extends Timed {
  received = 0
  sent = 0
  #near: NearEnd
  #far: TunnelEnd
  #wheel: Wheel
  #idle: number
  #idleFault: FaultCode
  #endsAt: number
  /** Only where rules of the route may end it: all others pass bytes unread. */
  #frames: FrameEnds | undefined
  /** Time is up; the frame at hand may end first. */
  #ending: FaultCode | undefined = undefined
  #activeAt: number
  #open = true
  #ends = 0
  #over: (tunnel: Tunnel, fault: FaultCode | undefined) => void

  /** `idle`: what counts where the route's `rules` say nothing of it. */
  constructor(
    near: NearEnd,
    far: TunnelEnd,
    wheel: Wheel,
    idle: number,
    rules: TunnelRules | undefined,
    over: (tunnel: Tunnel, fault: FaultCode | undefined) => void,
  ) {
    super()
    const own = (rules?.idle ?? 0) > 0
    this.#near = near
    this.#far = far
    this.#wheel = wheel
    this.#idle = rules !== undefined && own ? rules.idle : idle
    this.#idleFault = own ? 'tunnel_idle' : 'upstream_stalled'
    this.#endsAt = rules === undefined || rules.lifetime === 0 ? Infinity : wheel.now + rules.lifetime
    this.#frames = own || this.#endsAt !== Infinity ? new FrameEnds() : undefined
    this.#activeAt = wheel.now
    this.#over = over
    wheel.arm(this, this.#dueNext())
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
    onData: (chunk) => {
      const end = this.#frames?.push(chunk) ?? -1
      if (this.#ending === undefined || end < 0) return this.#pass(chunk, this.#far, this.#near, false)
      this.#pass(chunk.subarray(0, end), this.#far, this.#near, false)
      this.#leave(this.#ending, true)
    },
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
    if (to === this.#near) this.#frames = undefined
    if (++this.#ends === 2) this.close(undefined)
  }

  #dueNext(): number {
    return Math.min(this.#activeAt + this.#idle, this.#endsAt)
  }

  onDue(now: number): void {
    if (this.#ending !== undefined) return this.#leave(this.#ending, false)
    if (now < this.#dueNext()) return this.#wheel.arm(this, this.#dueNext())
    const fault = now >= this.#endsAt ? 'tunnel_lifetime' : this.#idleFault
    if (this.#frames === undefined) return this.close(fault)
    if (this.#frames.between) return this.#leave(fault, true)
    this.#ending = fault
    this.#wheel.arm(this, now + FRAME_MAX)
  }

  /** Ends the tunnel by a rule of the route. The client is told in its own protocol where no frame of the service is torn by that. */
  #leave(fault: FaultCode, between: boolean): void {
    if (!this.#open) return
    this.#open = false
    this.#wheel.disarm(this)
    this.#far.destroy()
    if (between && this.#frames !== undefined) this.#near.write(GOING_AWAY)
    this.#near.finishClose()
    this.#over(this, fault)
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
