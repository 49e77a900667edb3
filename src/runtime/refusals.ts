// Connections that were closed because their clients had too many: told in the log of the gateway by one line for many, never by one each.
import { type Wheel, Timed } from '../net/wheel.ts'

/** Milliseconds: a burst is told whole, a moment after it began. */
const FIRST = 1_000
/** While it goes on, a line a minute. */
const LATER = 60_000

/** One worker's. It waits on the thread's wheel, and ends with it. */
export class Refusals extends Timed {
  readonly #wheel: Wheel
  readonly #say: (message: string) => void
  #count = 0
  #last = ''

  constructor(wheel: Wheel, say: (message: string) => void) {
    super()
    this.#wheel = wheel
    this.#say = say
  }

  /** One from `peer` was closed. */
  add(peer: string): void {
    this.#count++
    this.#last = peer
    if (this.dueAt === Infinity) this.#wheel.arm(this, this.#wheel.now + FIRST)
  }

  onDue(now: number): void {
    // A minute without any: the next burst is told after a second again.
    if (this.#count === 0) return
    const [what, whose] = this.#count === 1 ? ['1 connection was', 'its client'] : [`${this.#count} connections were`, 'their clients']
    this.#say(`${what} closed unserved: ${whose} had as many as \`limits.connectionsPerClient\` allows; the last came from ${this.#last}`)
    this.#count = 0
    this.#wheel.arm(this, now + LATER)
  }
}
