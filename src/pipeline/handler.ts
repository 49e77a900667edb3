// What answers a request once its policies have let it through: forward, reply or redirect (and, later, aggregate).
import type { ResponseReceiver, Source } from '../http/message.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Call } from './call.ts'

/** The exchange as a handler sees it: the call, its request body, its outcome to fill, and the receiver of the response. */
export interface Exchange extends Call, ResponseReceiver {
  readonly outcome: Outcome
  /** The request body; undefined when the request has none. */
  readonly body: Source | undefined
  /** Says where the request body goes; the source then flows. */
  takeBody(receiver: import('../http/message.ts').BodyReceiver): void
  /** The response's source, for backpressure and cancellation: set by the handler before its first `head`. */
  source: Source | undefined
}

export interface Handler {
  /** Starts answering. Must end in exactly one of: `head` with endStream, `end`, `fault`. */
  handle(exchange: Exchange): void
}
