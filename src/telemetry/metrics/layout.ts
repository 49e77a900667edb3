// The shared memory of one worker slot: a header and cells. The worker of the slot writes, main reads, and the memory outlives the worker.
//
// Cells are Float64: sums are fractions of seconds, counts stay exact to 2^53, and one writer a slot needs no atomic addition. A store to an
// aligned float64 is one instruction on every 64-bit machine that Node runs on, so a reader never sees half of it; the language does not
// promise that, so `readCell` refuses what no cell can hold (R51). Pairs of Uint32 would tear between the halves; BigUint64 allocates.
import { DURATION_BOUNDS, type MetricKind } from './definitions.ts'

/** Labelled series a worker may have; what comes after goes to its metric's `_other` (A27). */
export const MAX_SERIES = 2_000
/** Cells of one histogram: each bucket's own count, +Inf included, then the sum in seconds. */
export const HISTOGRAM_CELLS = DURATION_BOUNDS.length + 2
/** Place of the sum within a histogram's cells. */
export const SUM = DURATION_BOUNDS.length + 1
/** Room for the `_other` series of each metric, which do not count as series. */
const OTHER_CELLS = 512
const CELLS = MAX_SERIES * HISTOGRAM_CELLS + OTHER_CELLS
/** One cache line, so that the cells start aligned. Its first word says how many cells have been given out. */
const HEADER_BYTES = 64

/** One slot's memory: 256 KiB and a little, zeroed. */
export function allocateMetrics(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + CELLS * 8)
}

export const cellsOf = (buffer: SharedArrayBuffer): Float64Array => new Float64Array(buffer, HEADER_BYTES)

export const cellsOfKind = (kind: MetricKind): number => (kind === 'histogram' ? HISTOGRAM_CELLS : 1)

/**
 * Gives out `count` cells and returns the first, or -1 when there are none left. The number given out stands in the shared memory before
 * the cells are used: a worker that dies between that and telling main leaves cells that nobody reads, never cells with two meanings.
 */
export function reserveCells(buffer: SharedArrayBuffer, count: number): number {
  const header = new Uint32Array(buffer, 0, 1)
  const first = Math.min(Atomics.load(header, 0), CELLS)
  if (first + count > CELLS) return -1
  Atomics.store(header, 0, first + count)
  return first
}

/** A cell's value, or 0 for what is not a finite number from 0 to 2^53: a torn or wild record counts as absent (R51). */
export function readCell(cells: Float64Array, index: number): number {
  const value = cells[index]
  return value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0
}
