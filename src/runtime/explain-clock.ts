// Time as an explanation needs it: monotonic time passes, but a machine that is busy elsewhere does not use up the deadlines of the request,
// for the same request must give the same explanation.
import { systemClock, type Clock } from '../base/clock.ts'

/** Milliseconds that pass at most between two looks at the clock. */
const STEP = 10

export class UnhurriedClock implements Clock {
  #now = systemClock.now()
  #looked = this.#now

  now(): number {
    const real = systemClock.now()
    this.#now += Math.min(STEP, real - this.#looked)
    this.#looked = real
    return this.#now
  }

  wall(): number {
    return systemClock.wall()
  }

  wallAt(now: number): number {
    return this.wall() - (this.now() - now)
  }
}
