// All deadlines of one thread on one coarse wheel: moving a deadline costs one store, whatever the number of connections.
// The only timer of the data plane; everything else arms an entry here.
import type { Clock } from '../base/clock.ts'
import type { End } from '../base/scope.ts'

const TICK = 50
/** The same while nothing has a deadline: a gateway that nobody uses wakes its cores ten times less. */
const REST_TICK = 500
/** Turns with nothing on the wheel after which it rests. */
const REST_AFTER = 20
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
  /** Monotonic milliseconds as of the last tick: a clock for what may be 50 ms stale, free to read. After a rest: once `wake` was called. */
  now: number
  #clock: Clock
  #slots: Timed[] = []
  #tick = 0
  #origin: number
  #listeners: (() => boolean)[] = []
  /** Entries that hang in a slot. */
  #linked = 0
  /** Turns in a row with none. */
  #quiet = 0
  #timer: NodeJS.Timeout | undefined = undefined
  #resting = false

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
    this.#run(TICK)
    return () => {
      this.#resting = false
      clearInterval(this.#timer)
    }
  }

  #run(tick: number): void {
    clearInterval(this.#timer)
    this.#resting = tick !== TICK
    this.#quiet = 0
    this.#timer = setInterval(() => {
      const busy = this.turn()
      this.#quiet = busy || this.#linked > 0 ? 0 : this.#quiet + 1
      if (!this.#resting && this.#quiet >= REST_AFTER) this.#run(REST_TICK)
    }, tick).unref()
  }

  /** Something begins: from here on `now` is right again. Free while the wheel does not rest, which it does only with no entry on it. */
  wake(): void {
    if (!this.#resting) return
    this.now = this.#clock.now()
    this.#run(TICK)
  }

  /** Monotonic milliseconds as of this moment. Costs as much as reading a small head: once for what happens together. */
  readClock(): number {
    return this.#clock.now()
  }

  /** Calls `listener` at every turn (about 20 times a second, as long as it returns true or anything has a deadline). Returns its end. */
  onTurn(listener: () => boolean): End {
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

  /** Looks at every slot that has come due. Called by the timer; tests with a clock of their own call it themselves. True: a listener is busy. */
  turn(): boolean {
    this.now = this.#clock.now()
    const last = Math.floor((this.now - this.#origin) / TICK)
    // After a long block (or suspend) every slot is looked at once, not once for each tick missed.
    if (last - this.#tick > SLOTS) this.#tick = last - SLOTS
    while (this.#tick < last) {
      this.#tick++
      this.#fire(this.#slots[this.#tick % SLOTS] as Timed)
    }
    let busy = false
    for (const listener of this.#listeners) if (listener()) busy = true
    return busy
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
      this.#linked--
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
    this.#linked++
    this.wake()
    entry.wheelTick = tick
    entry.wheelNext = head
    entry.wheelPrev = last
    last.wheelNext = entry
    head.wheelPrev = entry
  }

  #unlink(entry: Timed): void {
    this.#linked--
    ;(entry.wheelPrev as Timed).wheelNext = entry.wheelNext
    ;(entry.wheelNext as Timed).wheelPrev = entry.wheelPrev
    entry.wheelNext = undefined
    entry.wheelPrev = undefined
  }
}
