// What a policy decides: go on, answer, or refuse. A verdict is plain data; a policy never holds a `next`.
import type { FaultCode } from '../base/fault.ts'
import { PolicyFailure } from './failure.ts'
import type { HookName, PolicyAt } from './failure.ts'

/**
 * A whole response made by a policy or by a `reply` route: a status of 200–599, and fields without framing, which is added when it is
 * written. Names are lower-case; a policy's are made so.
 */
export interface Reply {
  readonly status: number
  readonly fields: readonly string[]
  readonly body: Buffer | string | undefined
}

export type Verdict =
  | { readonly kind: 'proceed' }
  /** `background: 'handler'` runs the route's handler once behind the reply and hands its response to the policy's response hooks. */
  | { readonly kind: 'reply'; readonly reply: Reply; readonly background: 'handler' | undefined; readonly note?: string }
  | {
      readonly kind: 'refuse'
      readonly code: string
      readonly status: number
      readonly detail: string | undefined
      readonly fields: readonly string[]
    }
  /** `failure` says whose it was when the fault is `policy_failed`. */
  | { readonly kind: 'fault'; readonly fault: FaultCode; readonly failure?: PolicyFailure }

/** Go on to the next policy, or to the handler. */
export const proceed: Verdict = Object.freeze({ kind: 'proceed' })

/**
 * Answer here; the handler is not run (unless `background` asks for it). `note` says why, in the log and in an explanation; no client is
 * told it.
 */
export function reply(
  response: { status: number; fields?: readonly string[]; body?: Buffer | string },
  options: { background?: 'handler'; note?: string } = {},
): Verdict {
  return {
    kind: 'reply',
    reply: { status: response.status, fields: response.fields ?? [], body: response.body },
    background: options.background,
    ...(options.note !== undefined && { note: options.note }),
  }
}

/** Refuse with a code of the policy's own (`header_missing`); status 403 unless said. Becomes problem+json. */
export function refuse(code: string, options: { status?: number; detail?: string; fields?: readonly string[] } = {}): Verdict {
  return { kind: 'refuse', code, status: options.status ?? 403, detail: options.detail, fields: options.fields ?? [] }
}

/** The verdict of a policy that failed on the way in: that request's 500. */
export function failedVerdict(at: PolicyAt, hook: HookName, cause: unknown): Verdict {
  return { kind: 'fault', fault: 'policy_failed', failure: new PolicyFailure(at, hook, cause) }
}

/**
 * What a hook returned, as a verdict. `proceed` in any spelling becomes the one constant, so that callers compare by identity;
 * undefined for what is no verdict (a forgotten `return`).
 */
export function asVerdict(returned: unknown): Verdict | undefined {
  const verdict = typeof returned === 'object' && returned !== null ? (returned as Verdict) : undefined
  switch (verdict?.kind) {
    case 'proceed':
      return proceed
    case 'reply':
    case 'refuse':
    case 'fault':
      return verdict
    default:
      return undefined
  }
}
