// What an exchange needs of the thread that it runs in; `data-plane.ts` is what implements it.
import type { Clock } from '../base/clock.ts'
import type { Wheel } from '../net/wheel.ts'
import type { CallView } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { PolicyFailure } from '../pipeline/failure.ts'
import type { Snapshot } from './snapshot.ts'
import type { Tunnel } from './tunnel.ts'

export interface Plane {
  readonly wheel: Wheel
  readonly clock: Clock
  /** What a request that begins now is served by. */
  readonly snapshot: Snapshot
  /** Marks what has passed through this process (RFC 8586). */
  readonly loopId: string
  /** Is the route refused because its requests have ended workers (R39)? */
  isRefused(route: string): boolean
  /** Notes which route's code is about to run, -1 for none. Returns what was noted before. */
  mark(route: number): number
  /** An exchange is over. Told once for each. */
  ended(call: CallView, outcome: Outcome): void
  policyFailed(call: CallView, failure: PolicyFailure): void
  tunnelBegun(tunnel: Tunnel): void
  tunnelEnded(tunnel: Tunnel): void
}
