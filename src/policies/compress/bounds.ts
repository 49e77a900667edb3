// What the compressors of one thread may take together: their number bounds memory, their turns bound what they take of the process's
// pool of threads, in which file reads, log writes and look-ups wait as well (R52).

/** Each holds up to 0.9 MiB. Answers beyond it are sent as they are. */
const MOST_OPEN = 128
/** The pool has two threads for each core, and there is a worker for each core: half of the pool stays free. */
const MOST_AT_WORK = 1

export class Bounds {
  readonly #most: number
  #open = 0
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(most = MOST_OPEN, atWork = MOST_AT_WORK) {
    this.#most = most
    this.#free = atWork
  }

  /** Compressors that there are. */
  get open(): number {
    return this.#open
  }

  /** Counts one more, which ends with `leave`; false when there are too many. */
  enter(): boolean {
    if (this.#open >= this.#most) return false
    this.#open++
    return true
  }

  leave(): void {
    this.#open--
  }

  /** Runs `work` when it is its turn, first come first served; the turn ends with `done`. */
  take(work: () => void): void {
    if (this.#free === 0) {
      this.#waiting.push(work)
      return
    }
    this.#free--
    work()
  }

  done(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

/** Those of this thread, whatever routes there are. */
export const bounds = new Bounds()
