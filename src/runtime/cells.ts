// The few words that a worker shares with main: its heartbeat, its load, and which route it is running. One block of 64 bytes a slot, so that
// slots do not share a cache line; written with plain stores, read by main at leisure and after a worker's death.

/** Indices into a worker's block of 32-bit words. */
export const cell = {
  /** Counted up by the worker's event loop; one that stands still is blocked. */
  beat: 0,
  /** 1 + the index of the route whose code runs right now; 0 outside. */
  route: 1,
  connections: 2,
  exchanges: 3,
  /** Connections to services. */
  upstreams: 4,
  /** Sockets that main sent and that have arrived (relayed accept only). */
  delivered: 5,
} as const

const words = 16

/** No machine that this is for has more cores. */
export const maxWorkers = 256
/** Successors live beside their predecessors, and threads take their time to end. */
export const maxSlots = maxWorkers + 8

/** The blocks of all slots. The first block is a header: how many slots have ever been used, so that sums look at no more. */
export class Cells {
  readonly buffer: SharedArrayBuffer
  readonly #all: Int32Array

  /** Allocates blocks for `slots` slots, or looks at those that another thread allocated. */
  constructor(slots: number | SharedArrayBuffer) {
    this.buffer = typeof slots === 'number' ? new SharedArrayBuffer((slots + 1) * words * 4) : slots
    this.#all = new Int32Array(this.buffer)
  }

  /** A slot's block. */
  of(slot: number): Int32Array {
    for (let used = Atomics.load(this.#all, 0); used <= slot; used = Atomics.load(this.#all, 0)) {
      if (Atomics.compareExchange(this.#all, 0, used, slot + 1) === used) break
    }
    return this.#all.subarray((slot + 1) * words, (slot + 2) * words)
  }

  /** The sum of one cell over all slots. Called for each connection that opens or closes. */
  total(index: number): number {
    const end = (Atomics.load(this.#all, 0) + 1) * words
    let sum = 0
    for (let at = words + index; at < end; at += words) sum += Atomics.load(this.#all, at)
    return sum
  }
}
