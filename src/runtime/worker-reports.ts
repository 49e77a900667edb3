// What main knows of each worker without asking it: its state in the life-cycle, its cells, and how long it has been silent.
import { cell, type Cells } from './cells.ts'
import type { Life, WorkerState } from './life.ts'
import type { Watched } from './watchdog.ts'

export interface WorkerReport {
  readonly id: number
  readonly state: WorkerState
  /** Seconds without a beat, in steps of half a second; undefined for one that is not watched. */
  readonly reportAge: number | undefined
  readonly connections: number
  /** As of its last beat. */
  readonly exchanges: number
  /** Silent for more than a second. */
  readonly blocked: boolean
}

/** `silence`: of a worker, in milliseconds. */
export function workerReports({ workers }: Life, cells: Cells, silence: (worker: number) => number | undefined): readonly WorkerReport[] {
  return workers
    .filter(({ state }) => state !== 'dead')
    .map(({ id, slot, state }) => {
      const own = cells.of(slot)
      const silent = silence(id)
      return {
        id,
        state,
        reportAge: silent === undefined ? undefined : silent / 1_000,
        connections: Atomics.load(own, cell.connections),
        exchanges: Atomics.load(own, cell.exchanges),
        blocked: (silent ?? 0) > 1_000,
      }
    })
}

/** Whose beats are to be watched. */
export const watchedWorkers = ({ workers }: Life): readonly Watched[] =>
  workers.filter(({ state }) => state !== 'dead' && state !== 'starting').map(({ id, slot }) => ({ worker: id, slot }))
