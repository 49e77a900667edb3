// What `compile` makes of a route's list of policies, and its slow twin `interpret` too: the one interface that the exchange calls.
import type { CallView } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Body, Call, CallResponse } from './call.ts'
import type { PolicyFailure } from './failure.ts'
import type { BodyNeed } from './policy.ts'
import type { Verdict } from './verdict.ts'

/** How a pipeline gets the whole request body when a policy needs it; the exchange implements it. Never rejects. */
export interface BodyReader {
  /**
   * Reads at most `need.max` bytes; called at most once a call. `as: 'json'` asks for `Body.json` as well, which a body that does not
   * parse leaves undefined. A fault (`body_too_large`, `body_timeout`, …) comes back as a verdict to return as it is.
   */
  read(
    need: BodyNeed,
  ): Promise<{ readonly body: Body; readonly verdict: undefined } | { readonly body: undefined; readonly verdict: Verdict }>
}

/** A policy's transformer behind a guard: what it throws or rejects with comes back as a value, and nothing after that reaches it. */
export interface BodyStream {
  /** Takes a chunk (borrowed) and returns what can go out now. */
  write(chunk: Buffer): StreamStep
  /** Hands out what is held so that a stream keeps moving; nothing for transformers that hold nothing. */
  flush(): StreamStep
  end(): StreamStep
  /** The exchange ended early: everything is released. */
  destroy(): void
}

/** What one step of a stream gives: bytes for the next stage, nothing yet, or the failure that ends the response. */
export type StreamStep = Buffer | undefined | PolicyFailure | Promise<Buffer | undefined | PolicyFailure>

/** One step of the response body's way up the list. */
export type BodyStage =
  | { readonly kind: 'stream'; readonly stream: BodyStream }
  | {
      readonly kind: 'whole'
      readonly need: BodyNeed
      readonly run: (call: Call, body: Body) => Body | PolicyFailure | Promise<Body | PolicyFailure>
    }

/**
 * The folded list. Nothing here throws or rejects: a hook that does becomes `{ kind: 'fault', fault: 'policy_failed', failure }` on the
 * way in and a returned `PolicyFailure` on the way out, and the exchange makes that request's 500 of either.
 */
export interface Pipeline {
  /** Names of the policies, in order. */
  readonly kinds: readonly string[]
  /** How many per-call slots the policies reserved: `call.get` and `call.set` see indices below it. */
  readonly slots: number
  /** Undefined when no policy has a hook that this would have to enter: the exchange skips the call altogether. */
  readonly onRequest: ((call: Call, body: BodyReader) => Verdict | Promise<Verdict>) | undefined
  /**
   * Runs up the list over the policies that were entered. `from` (left out: `call.entered`) is the position below which to go on: after a
   * failure the exchange makes its 500 and runs the rest over it with `from = failure.position`. That ends: positions only fall.
   */
  readonly onResponse:
    | ((call: Call, response: CallResponse, from?: number) => PolicyFailure | undefined | Promise<PolicyFailure | undefined>)
    | undefined
  /** The stages that this response's body passes, first to last; empty for none. Called after `onResponse` succeeded. */
  readonly responseStages: ((call: Call, response: CallResponse) => readonly BodyStage[] | PolicyFailure) | undefined
  /** Answers a CORS preflight that this route was chosen for; undefined when no policy of the list does. Enters no policy. */
  readonly onPreflight: ((call: Call) => Verdict) | undefined
  /** Runs up the list over the policies that were entered; failures are reported, never returned. */
  readonly onEnd: ((call: CallView & { readonly entered: number }, outcome: Outcome) => void) | undefined
}

/** Hears of failures that can no longer change an answer: those of `onEnd`. */
export type FailureReport = (failure: PolicyFailure) => void
