// What `compile` makes of a route's list of policies, and its slow twin `interpret` too: the one interface that the exchange calls.
import type { Outcome } from '../observe/outcome.ts'
import type { Body, Call, CallResponse, CallView } from './call.ts'
import type { BodyNeed, Transformer } from './policy.ts'
import type { Verdict } from './verdict.ts'

/** How a pipeline gets the whole request body when a policy needs it; the exchange implements it. Never rejects. */
export interface BodyReader {
  /** Reads at most `need.max` bytes. A fault (`body_too_large`, `body_timeout`, …) comes back as a verdict to return as it is. */
  read(need: BodyNeed): Promise<{ readonly body: Body; readonly verdict: undefined } | { readonly body: undefined; readonly verdict: Verdict }>
}

/** One step of the response body's way up the list. */
export type BodyStage =
  | { readonly kind: 'stream'; readonly transformer: Transformer }
  | { readonly kind: 'whole'; readonly need: BodyNeed; readonly run: (call: Call, body: Body) => Body | Promise<Body> }

/**
 * The folded list. A hook that throws or rejects becomes `{ kind: 'fault', fault: 'policy_failed' }` (requests) or a thrown/rejected
 * `PolicyFailure` (responses), which the exchange turns into that request's 500.
 */
export interface Pipeline {
  /** Names of the policies, in order. */
  readonly kinds: readonly string[]
  /** Nothing to do on the way in: the exchange skips the call altogether. */
  readonly onRequest: ((call: Call, body: BodyReader) => Verdict | Promise<Verdict>) | undefined
  /** Runs up the list over the policies that were entered (`call.entered`). */
  readonly onResponse: ((call: Call, response: CallResponse) => void | Promise<void>) | undefined
  /** The stages that this response's body passes, first to last; empty for none. Called after `onResponse`. */
  readonly responseStages: ((call: Call, response: CallResponse) => readonly BodyStage[]) | undefined
  readonly onEnd: ((call: CallView, outcome: Outcome) => void) | undefined
}
