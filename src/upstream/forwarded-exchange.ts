// What forwarding knows of an exchange and of its route: the edge between upstream/ and whoever serves.
import type { BodyReceiver, ResponseHead, ResponseReceiver, Source, TunnelEnd } from '../http/message.ts'
import type { CallView } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { ServiceTimeouts } from './service.ts'

/** What the route says about how its requests are forwarded. */
export interface ForwardOptions {
  readonly timeouts: ServiceTimeouts
  readonly trailers: boolean
  /** What marks a request that has passed here (RFC 8586). */
  readonly loopId: string
}

/** The exchange as its forwarding sees it. */
export interface ForwardedExchange extends CallView, ResponseReceiver {
  readonly outcome: Outcome
  readonly body: Source | undefined
  readonly bodyTaken: boolean
  takeBody(receiver: BodyReceiver): void
  source: Source | undefined
  switchProtocols(head: ResponseHead, far: TunnelEnd, rest: Buffer | undefined, idle: number): void
}
