// How many requests of one service are under way and waiting, over all workers: one 32-bit word a worker, which only that worker writes and
// everybody reads. A request changes its state by one addition to one word, so a reader counts it exactly once, and a worker that is ended
// at any instruction leaves nothing half-done: main sets its words to 0 (R51).

/** Words between two workers' words: 64 bytes, so that they do not share a cache line. */
const STRIDE = 16
/** The first line holds how many slots have ever been used: a reader looks at no more. */
const HEADER = STRIDE

/** Added to a worker's word for one request. The lower half counts what is under way, the upper half what waits. */
export const UNDER_WAY = 1
export const WAITING = 0x1_0000
/** What half a word can count: a worker with more requests of one service than that takes no further ones. */
export const COUNT_MOST = 0xffff

/** Main's part: the memory of each service, by name; the same in all workers and over reloads. */
export class PermitTable {
  readonly #slots: number
  readonly #buffers = new Map<string, SharedArrayBuffer>()

  /** `slots`: one more than the largest slot of a worker. */
  constructor(slots: number) {
    this.#slots = slots
  }

  /** The memory of the services called `names`, to be handed to a worker with the plan that names them. */
  of(names: Iterable<string>): ReadonlyMap<string, SharedArrayBuffer> {
    return new Map(
      [...names].map((name) => {
        const buffer = this.#buffers.get(name) ?? new SharedArrayBuffer((HEADER + this.#slots * STRIDE) * 4)
        this.#buffers.set(name, buffer)
        return [name, buffer]
      }),
    )
  }

  /** Forgets every service but `names`. */
  keep(names: Iterable<string>): void {
    const kept = new Set(names)
    for (const name of this.#buffers.keys()) if (!kept.has(name)) this.#buffers.delete(name)
  }

  /** Gives back what the worker of `slot` held. It must have ended. */
  clear(slot: number): void {
    for (const buffer of this.#buffers.values()) Atomics.store(new Int32Array(buffer), HEADER + slot * STRIDE, 0)
  }
}

/** One worker's view of one service's words. */
export class PermitCells {
  readonly #words: Int32Array
  readonly #own: number
  // What was added to this worker's word: nobody else writes it, so that it need not be read back.
  #word = 0
  /** As of the last `count`: requests under way and waiting in all workers, and how many workers have any. */
  underWay = 0
  waiting = 0
  holders = 0

  /** `buffer`: as main allocated it; left out, there is no other worker. */
  constructor(slot = 0, buffer = new SharedArrayBuffer((HEADER + STRIDE) * 4)) {
    this.#words = new Int32Array(buffer)
    this.#own = HEADER + slot * STRIDE
    for (let used = Atomics.load(this.#words, 0); used <= slot; used = Atomics.load(this.#words, 0)) {
      if (Atomics.compareExchange(this.#words, 0, used, slot + 1) === used) break
    }
  }

  /** This worker's own. */
  get ownUnderWay(): number {
    return this.#word & COUNT_MOST
  }
  get ownWaiting(): number {
    return this.#word >>> 16
  }

  /** Adds a sum of `UNDER_WAY` and `WAITING`, either way, to this worker's word. */
  add(change: number): void {
    this.#word += change
    Atomics.add(this.#words, this.#own, change)
  }

  /** Adds up all workers' words. */
  count(): void {
    const words = this.#words
    const end = HEADER + Math.min(Atomics.load(words, 0) * STRIDE, words.length - HEADER)
    let underWay = 0
    let waiting = 0
    let holders = 0
    for (let at = HEADER; at < end; at += STRIDE) {
      const word = Atomics.load(words, at)
      if (word !== 0) holders++
      underWay += word & COUNT_MOST
      waiting += word >>> 16
    }
    this.underWay = underWay
    this.waiting = waiting
    this.holders = holders
  }
}
