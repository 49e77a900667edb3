// What answers a request once its policies have let it through: forward, reply or redirect (and, later, aggregate).
import type { BodyReceiver, ResponseHead, ResponseReceiver, Source, TunnelEnd } from '../http/message.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Call } from './call.ts'

/** The exchange as a handler sees it: the call, its request body, its outcome to fill, and the receiver of the response. */
export interface Exchange extends Call, ResponseReceiver {
  readonly outcome: Outcome
  /** Monotonic milliseconds, at most one tick of the wheel old. */
  readonly now: number
  /** The values of the route's parameters as they were matched, in the order of its names. */
  readonly params: readonly string[]
  /** The request body; undefined when there is none. */
  readonly body: Source | undefined
  /** Says where the request body goes; it flows from then on. */
  takeBody(receiver: BodyReceiver): void
  /** True once some of the request body has been handed out: it cannot be sent again. */
  readonly bodyTaken: boolean
  /** Where the response comes from, for backpressure and cancellation; a handler sets it before its first `respond`. */
  source: Source | undefined
  /** The service switched protocols: `head` is the 101, `far` the connection to the service, `rest` what came behind the head. */
  switchProtocols(head: ResponseHead, far: TunnelEnd, rest: Buffer | undefined, idle: number): void
}

export interface Handler {
  /** Starts answering. Must end in exactly one of: `respond` with endStream, `end`, `fault`, `switchProtocols`. */
  handle(exchange: Exchange): void
}
