// What a policy's mistake becomes: a value that says whose it was, never a throw that crosses the pipeline.

/** The hook in which a policy failed. */
export type HookName = 'onRequest' | 'onRequestBody' | 'onResponse' | 'responseStream' | 'onResponseBody' | 'onPreflight' | 'onEnd'

/** Which policy of a list, and where it stands in it (from 0). */
export interface PolicyAt {
  readonly kind: string
  readonly position: number
}

/** A hook threw, rejected, or returned what it may not. Returned by a pipeline, never thrown; the cause is for the log alone. */
export class PolicyFailure implements PolicyAt {
  /** The policy's kind. */
  readonly kind: string
  readonly hook: HookName
  /** The policy's position in the list. The response hooks above it are run by `onResponse(call, response, failure.position)`. */
  readonly position: number
  /** What was thrown. */
  readonly cause: unknown
  constructor(at: PolicyAt, hook: HookName, cause: unknown) {
    this.kind = at.kind
    this.hook = hook
    this.position = at.position
    this.cause = cause
  }
}

/** True for anything that can be awaited; promises of other realms and libraries too. */
export function isPending(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
