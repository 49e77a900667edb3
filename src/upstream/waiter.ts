// Requests that wait for a connection of a pool, and for how long.
import type { FaultCode } from '../base/fault.ts'
import type { ClientConnection } from '../http1/client-connection.ts'

/** A request that waits for a connection. Told exactly once. */
export interface Waiter {
  /** Monotonic ms until which it waits for its turn. */
  readonly waitUntil: number
  onConnection(connection: ClientConnection): void
  onNoConnection(fault: FaultCode): void
}

export interface Waiting {
  readonly waiter: Waiter
  readonly maxIdle: number
  /** Milliseconds that opening a connection for it may take. */
  readonly connectTimeout: number
}

/** One that a connection is being opened for. */
export interface Dialing extends Waiting {
  readonly since: number
}

/** Those whose own patience is over, where it is less than the pool's `most`. */
export const tired = (dialing: readonly Dialing[], now: number, most: number): readonly Dialing[] =>
  dialing.length === 0 ? dialing : dialing.filter(({ connectTimeout, since }) => connectTimeout < most && since + connectTimeout <= now)
