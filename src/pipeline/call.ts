// One request on its way, as policies see it: what anyone may read (`observe/call-view.ts`) and what a policy may change.
// `serve/exchange.ts` is what implements it.
import type { HeaderMap } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import type { CallView } from '../observe/call-view.ts'

export interface Call extends CallView {
  /** Aborts when the client leaves. Made at first use. */
  readonly signal: AbortSignal
  /** Replaces the request id (what `request-id` does). */
  setId(id: string): void
  /** Told by the pipeline: how many policies have been entered. Response hooks run for those, in reverse. */
  entered: number
  /**
   * Told by the pipeline: a hook's promise is waited for, at most `most` ms; then `giveUp` is called. What comes back says that it has
   * settled. Left out where nothing ends a wait (tests).
   */
  awaits?(most: number, giveUp: () => void): () => void
}

/**
 * What `onResponse` may change. The fields never hold framing, and a hook that leaves some there, or what is no field, or a status that no
 * answer has, has failed: that request's 500. Use `headers` for comfort.
 */
export interface CallResponse {
  /** 200–599. */
  status: number
  readonly headers: HeaderMap
  readonly head: ResponseHead
}

/** A whole body, read because a policy asked. `json` is set when it asked for `as: 'json'` and the body parsed. */
export interface Body {
  readonly bytes: Buffer
  readonly json: unknown
}
