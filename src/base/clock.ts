// Time as a parameter. Deadlines, limits and durations read `now` (monotonic); only dates and log lines read `wall`.

export interface Clock {
  /** Monotonic milliseconds since some origin; never jumps (R44). */
  now(): number
  /** Milliseconds since 1970, UTC. May jump. */
  wall(): number
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
}

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
