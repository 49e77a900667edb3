// How one exchange ended: the record that the access log, the counters and `onEnd` hooks read. Filled in place, once an exchange.
import type { Clock } from '../base/clock.ts'
import { type FaultCode, faults } from '../base/fault.ts'

export interface Outcome {
  /** The status that was sent, 0 when none could be. */
  status: number
  /** The fault that ended it, or that was answered; undefined when all went well. */
  fault: FaultCode | undefined
  /** A refusing policy's own code (`header_missing`), '' otherwise. */
  code: string
  /** The kind of the policy that refused the request or failed in it, '' otherwise. */
  rule: string
  /** Free text for the log only, never for the client. */
  detail: string
  requestBytes: number
  responseBytes: number
  /** Milliseconds, monotonic, since the head was complete; -1 where it did not happen. */
  duration: number
  /** Waiting for a connection or a permit. */
  queue: number
  connect: number
  /** From the beginning to the request's hand-over to the service. */
  untilSent: number
  /** From the request's hand-over to the first byte of the answer. */
  firstByte: number
  /** From there to its end. */
  transfer: number
  service: string
  endpoint: string
  attempts: number
}

/** A fresh outcome: nothing has happened yet. */
export function newOutcome(): Outcome {
  return {
    status: 0,
    fault: undefined,
    code: '',
    rule: '',
    detail: '',
    requestBytes: 0,
    responseBytes: 0,
    duration: -1,
    queue: -1,
    connect: -1,
    untilSent: 0,
    firstByte: -1,
    transfer: -1,
    service: '',
    endpoint: '',
    attempts: 0,
  }
}

/**
 * Sets how long it took, now that it is over. `transfer` is 0 where the answer came in one read: then what is known is added up, because
 * reading the clock is not free.
 */
export function timeOutcome(outcome: Outcome, startedAt: number, clock: Clock): void {
  const waited = outcome.untilSent + outcome.firstByte
  outcome.duration = outcome.transfer === 0 ? waited : clock.now() - startedAt
  if (outcome.firstByte >= 0) outcome.transfer = Math.max(0, outcome.duration - waited)
}

/**
 * The status for logs and counters: what was sent, or 499 where the client's leaving or not reading kept anything from being sent. 0 when
 * nothing was sent for another reason.
 */
export function reportedStatus(outcome: Outcome): number {
  if (outcome.status !== 0 || outcome.fault === undefined) return outcome.status
  return faults[outcome.fault].status === 499 ? 499 : 0
}
