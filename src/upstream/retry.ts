// May a failed attempt be made again? Pure: the rules of the fault table, of RFC 9110 §9.2.2 and of the service.
import { faults } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import { isIdempotent } from '../http/method.ts'
import { FRESH_MS } from '../http1/limits.ts'

/** How often a connection may turn out dead before a byte was written to it: such an attempt costs nothing, but it must end. */
const UNSENT_MAX = 3

/** An attempt that failed before its answer began. */
export interface FailedAttempt {
  readonly code: FaultCode
  /** Some byte of the request left. */
  readonly sent: boolean
  readonly method: string
  /** Attempts made again so far. */
  readonly made: number
  /** Endpoints that have not refused this request. */
  readonly untried: number
}

export interface RetryRules {
  readonly max: number
  readonly connect: boolean
  readonly reset: boolean
}

/** True when the attempt is made again: elsewhere when nothing was sent, once for a reused connection that died, never otherwise. */
export function mayRetry(failed: FailedAttempt, rules: RetryRules): boolean {
  const rule = faults[failed.code].retry
  if (rule === 'always') return rules.connect && failed.untried > 0
  if (rule !== 'if-reused') return false
  if (!failed.sent) return failed.made < UNSENT_MAX
  return rules.reset && failed.made < Math.max(1, rules.max) && isIdempotent(failed.method)
}

/** The fault that is told in the end: a request that could not be sent again says so (R4). */
export const finalFault = (code: FaultCode, sent: boolean, answered: boolean, method: string): FaultCode =>
  code === 'upstream_reset' && sent && !answered && !isIdempotent(method) ? 'upstream_reset_unsafe' : code

/**
 * Milliseconds that a connection may have been idle to be used for an attempt: any number where it can be made again, few where it cannot,
 * and 0, a new one, where a used one has died under this request (R3).
 */
export function mostIdle(method: string, hasBody: boolean, died: boolean): number {
  if (died) return 0
  return isIdempotent(method) && !hasBody ? Infinity : FRESH_MS
}
