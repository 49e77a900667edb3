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

/** The blocks of all slots. */
export class Cells {
  readonly buffer: SharedArrayBuffer

  /** Allocates blocks for `slots` slots, or looks at those that another thread allocated. */
  constructor(slots: number | SharedArrayBuffer) {
    this.buffer = typeof slots === 'number' ? new SharedArrayBuffer(slots * words * 4) : slots
  }

  get slots(): number {
    return this.buffer.byteLength / (words * 4)
  }

  of(slot: number): Int32Array {
    return new Int32Array(this.buffer, slot * words * 4, words)
  }

  /** The sum of one cell over all slots. */
  total(index: number): number {
    let sum = 0
    for (let slot = 0; slot < this.slots; slot++) sum += Atomics.load(this.of(slot), index)
    return sum
  }
}
