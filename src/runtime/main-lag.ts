// How late the event loop of the main thread is: admin answers, log lines and the watch over workers wait as long.
import type { Clock } from '../base/clock.ts'

/** Milliseconds between two looks, as workers beat. */
const EVERY = 500
/** So many looks are remembered: 15 s, which is how often most scrapers come. */
const LOOKS = 30

export class MainLag {
  readonly #clock: Pick<Clock, 'now'>
  readonly #lags = new Float64Array(LOOKS)
  readonly #timer: NodeJS.Timeout
  #looks = 0
  #last: number

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#last = clock.now()
    this.#timer = setInterval(() => this.look(), EVERY).unref()
  }

  /** Called by its timer. */
  look(): void {
    const now = this.#clock.now()
    this.#lags[this.#looks++ % LOOKS] = Math.max(0, now - this.#last - EVERY)
    this.#last = now
  }

  /** The largest of the last 15 s, in milliseconds. */
  get most(): number {
    return Math.max(...this.#lags)
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
