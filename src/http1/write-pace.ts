// How slowly a client may read what waits for it.
import type { FaultCode } from '../base/fault.ts'

/** A client that reads takes at least this much in each stretch of time. */
const PACE = 1_024

/** What waits for one client, and when it is looked at next. */
export class WritePace {
  #unsent: number
  #at: number

  /** `unsent` bytes wait until `at`, monotonic ms. */
  constructor(unsent: number, at: number) {
    this.#unsent = unsent
    this.#at = at
  }

  /** The next look, `within` ms after this one if the client has taken enough; else the fault of a client that took too little. */
  due(unsent: number, now: number, within: number): number | FaultCode {
    if (now < this.#at) return this.#at
    const moved = this.#unsent - unsent
    this.#unsent = unsent
    return moved >= PACE ? (this.#at = now + within) : 'write_timeout'
  }
}
