// All deadlines of one thread on one coarse wheel: moving a deadline costs one store, whatever the number of connections.
// The only timer of the data plane; everything else arms an entry here.
import type { Clock } from '../base/clock.ts'
import type { End } from '../base/scope.ts'

const TICK = 50
// 1,024 slots of 50 ms are 51 s; what is due later waits in the farthest slot and is looked at again there.
const SLOTS = 1024

/** Something with a deadline. An entry is in at most one wheel, once; its owner arms and disarms it. */
export abstract class Timed {
  /** Monotonic milliseconds; Infinity when nothing is due. */
  dueAt = Infinity
  /** The wheel's own: the list that the entry hangs in, and the tick at which that list is looked at. */
  wheelNext: Timed | undefined = undefined
  wheelPrev: Timed | undefined = undefined
  wheelTick = 0

  /** The deadline has passed (by at most one tick). The entry is off the wheel; it may arm itself again. */
  abstract onDue(now: number): void
}

class Head extends Timed {
  onDue(): void {}
}

/** One timer a thread. Resolution 50 ms, never early; deadlines may be any time ahead. */
export class Wheel {
  /** Monotonic milliseconds as of the last tick: a clock for what may be 50 ms stale, free to read. */
  now: number
  #clock: Clock
  #slots: Timed[] = []
  #tick = 0
  #origin: number
  #listeners: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#origin = clock.now()
    this.now = this.#origin
    for (let i = 0; i < SLOTS; i++) {
      const head = new Head()
      head.wheelNext = head
      head.wheelPrev = head
      this.#slots.push(head)
    }
  }

  /** Starts the timer; the wheel turns until the end is called. It does not keep the process alive by itself. */
  start(): End {
    const timer = setInterval(() => this.turn(), TICK)
    timer.unref()
    return () => clearInterval(timer)
  }

  /** Monotonic milliseconds as of this moment. Costs as much as reading a small head: once for what happens together. */
  readClock(): number {
    return this.#clock.now()
  }

  /** Calls `listener` at every turn (about 20 times a second). Returns its end. */
  onTurn(listener: () => void): End {
    this.#listeners.push(listener)
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  /**
   * Sets the deadline of `entry` to `at` (monotonic ms). Moving it later is one store: the entry is found early in its old slot and
   * put where it belongs then. Moving it earlier re-hangs it.
   */
  arm(entry: Timed, at: number): void {
    entry.dueAt = at
    const tick = this.#tickOf(at)
    if (entry.wheelNext !== undefined) {
      if (entry.wheelTick <= tick) return
      this.#unlink(entry)
    }
    this.#link(entry, tick)
  }

  /** Nothing is due any more, but the entry will soon be armed again: one store. */
  relax(entry: Timed): void {
    entry.dueAt = Infinity
  }

  /** Takes the entry off for good: the wheel no longer refers to it. */
  disarm(entry: Timed): void {
    entry.dueAt = Infinity
    if (entry.wheelNext !== undefined) this.#unlink(entry)
  }

  /** Looks at every slot that has come due. Called by the timer; tests with a clock of their own call it themselves. */
  turn(): void {
    this.now = this.#clock.now()
    const last = Math.floor((this.now - this.#origin) / TICK)
    // After a long block (or suspend) every slot is looked at once, not once for each tick missed.
    if (last - this.#tick > SLOTS) this.#tick = last - SLOTS
    while (this.#tick < last) {
      this.#tick++
      this.#fire(this.#slots[this.#tick % SLOTS] as Timed)
    }
    for (const listener of this.#listeners) listener()
  }

  #fire(head: Timed): void {
    // The list is cut off first: what is armed meanwhile lands in a slot to come, never in this one.
    let entry = head.wheelNext as Timed
    if (entry === head) return
    ;(head.wheelPrev as Timed).wheelNext = undefined
    head.wheelNext = head
    head.wheelPrev = head
    const due: Timed[] = []
    for (let next: Timed | undefined = entry; next !== undefined; next = entry) {
      entry = next.wheelNext as Timed
      next.wheelNext = undefined
      next.wheelPrev = undefined
      due.push(next)
    }
    for (const one of due) {
      if (one.dueAt === Infinity || one.wheelNext !== undefined) continue
      if (one.dueAt > this.now) this.#link(one, this.#tickOf(one.dueAt))
      else {
        one.dueAt = Infinity
        one.onDue(this.now)
      }
    }
  }

  #tickOf(at: number): number {
    const tick = Math.ceil((at - this.#origin) / TICK)
    if (tick <= this.#tick) return this.#tick + 1
    return tick >= this.#tick + SLOTS ? this.#tick + SLOTS - 1 : tick
  }

  #link(entry: Timed, tick: number): void {
    const head = this.#slots[tick % SLOTS] as Timed
    const last = head.wheelPrev as Timed
    entry.wheelTick = tick
    entry.wheelNext = head
    entry.wheelPrev = last
    last.wheelNext = entry
    head.wheelPrev = entry
  }

  #unlink(entry: Timed): void {
    ;(entry.wheelPrev as Timed).wheelNext = entry.wheelNext
    ;(entry.wheelNext as Timed).wheelPrev = entry.wheelPrev
    entry.wheelNext = undefined
    entry.wheelPrev = undefined
  }
}
