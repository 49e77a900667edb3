// Levels that a worker tells of twice a second: what waits at its services, how late its event loop is, what memory it holds. Nothing of
// this stands on the way of a request.
import { getHeapStatistics } from 'node:v8'
import type { Clock } from '../base/clock.ts'
import type { WorkerMetrics } from '../telemetry/metrics/worker-metrics.ts'
import type { ServiceLevels } from '../upstream/services.ts'

interface ServiceCells {
  readonly idle: number
  readonly underWay: number
  readonly waiting: number
}

export class WorkerLevels {
  readonly #metrics: WorkerMetrics
  readonly #clock: Clock
  readonly #every: number
  readonly #own: { readonly lag: number; readonly heap: number; readonly external: number }
  readonly #services = new Map<string, ServiceCells>()
  /** Services that found no room. They are not asked for again at each beat. */
  readonly #without = new Set<string>()
  #last: number | undefined

  /** `worker`: its label. `every`: milliseconds between beats. */
  constructor(metrics: WorkerMetrics, clock: Clock, worker: string, every: number) {
    this.#metrics = metrics
    this.#clock = clock
    this.#every = every
    this.#own = {
      lag: metrics.intern('tidegate_worker_loop_lag_seconds', [worker]),
      heap: metrics.intern('tidegate_worker_heap_bytes', [worker]),
      external: metrics.intern('tidegate_worker_external_bytes', [worker]),
    }
  }

  /** The event loop turns; `services` are as of now. */
  beat(services: ReadonlyMap<string, ServiceLevels>): void {
    const metrics = this.#metrics
    const now = this.#clock.now()
    const late = this.#last === undefined ? 0 : now - this.#last - this.#every
    this.#last = now
    metrics.set(this.#own.lag, Math.max(0, late) / 1_000)
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics()
    metrics.set(this.#own.heap, heap)
    metrics.set(this.#own.external, external)
    for (const [name, { idle, underWay, waiting }] of services) {
      const cells = this.#services.get(name) ?? this.#intern(name, idle + underWay + waiting > 0)
      if (cells === undefined) continue
      metrics.set(cells.idle, idle)
      metrics.set(cells.underWay, underWay)
      metrics.set(cells.waiting, waiting)
    }
    for (const name of this.#without) if (!services.has(name)) this.#without.delete(name)
    for (const [name, cells] of this.#services) if (!services.has(name)) this.#forget(name, cells)
  }

  /** Services that nothing was ever asked of take no series. */
  #intern(name: string, used: boolean): ServiceCells | undefined {
    if (!used || this.#without.has(name)) return undefined
    const metrics = this.#metrics
    const idle = metrics.internOwn('tidegate_upstream_connections_idle', [name])
    const underWay = metrics.internOwn('tidegate_service_requests', [name])
    const waiting = metrics.internOwn('tidegate_service_requests_waiting', [name])
    if (idle === undefined || underWay === undefined || waiting === undefined) {
      this.#without.add(name)
      return undefined
    }
    const cells = { idle, underWay, waiting }
    this.#services.set(name, cells)
    return cells
  }

  /** A reload took it away. */
  #forget(name: string, cells: ServiceCells): void {
    for (const cell of Object.values(cells)) this.#metrics.set(cell as number, 0)
    this.#services.delete(name)
  }
}
