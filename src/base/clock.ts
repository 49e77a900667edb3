// Time as a parameter. Deadlines, limits and durations read `now` (monotonic); only dates and log lines read `wall`.

import type { End } from './scope.ts'

export interface Clock {
  /** Monotonic milliseconds since some origin; never jumps (R44). */
  now(): number
  /** Milliseconds since 1970, UTC. May jump. */
  wall(): number
  /** What `wall` gave at `now`, a reading of the monotonic clock of the last second: a jump may be up to 100 ms late. */
  wallAt(now: number): number
}

// Milliseconds after which the distance between the clocks is measured anew.
const REMEASURE = 100

class SystemClock implements Clock {
  #offset = 0
  #measuredAt = Number.NEGATIVE_INFINITY

  now(): number {
    return performance.now()
  }

  wall(): number {
    return Date.now()
  }

  wallAt(now: number): number {
    if (now - this.#measuredAt > REMEASURE) {
      this.#measuredAt = this.now()
      this.#offset = Date.now() - this.#measuredAt
    }
    return now + this.#offset
  }
}

/** A clock that moves by jumps, and turns what depends on it at each. */
export interface DrivenClock extends Clock {
  /** Calls `turn` after each jump, until the end that it returns. */
  drive(turn: () => void): End
}

/** The machine's clocks. */
export const systemClock: Clock = new SystemClock()

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
  #now = 1_000
  #wall = 1_700_000_000_000
  now(): number {
    return this.#now
  }
  wall(): number {
    return this.#wall
  }
  wallAt(now: number): number {
    return this.#wall + now - this.#now
  }
  /** Moves both clocks forward by `ms`. */
  advance(ms: number): void {
    this.#now += ms
    this.#wall += ms
  }
  /** Moves the wall clock alone, as an administrator or NTP would (either way). */
  jump(ms: number): void {
    this.#wall += ms
  }
}
