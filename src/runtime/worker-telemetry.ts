// A worker's end of telemetry: the observer that its data plane calls, made anew for each configuration, and batches on their way to main.
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../config/plan.ts'
import type { Observer } from '../observe/observer.ts'
import { LogBatch } from '../telemetry/logs/batch.ts'
import { compileByteEncoder, compileEncoder } from '../telemetry/logs/compile.ts'
import type { MetricsSlot } from '../telemetry/metrics/metrics-join.ts'
import { WorkerMetrics } from '../telemetry/metrics/worker-metrics.ts'
import { createObserver } from '../telemetry/observer.ts'
import { type AcceptingObserver, AcceptingSampler } from './accepting.ts'
import { EndpointNotes } from './endpoint-notes.ts'
import { WorkerLevels } from './worker-levels.ts'
import type { ServiceLevels } from '../upstream/services.ts'
import { createHints } from './log-hints.ts'
import type { TelemetryReport } from './telemetry-hub.ts'

/** Milliseconds between signs that a worker's event loop turns (R41). */
export const heartbeat = 500
/** A line waits for company at most this long, in milliseconds. */
const delay = 50

export interface WorkerTelemetry {
  readonly observer: Observer & AcceptingObserver
  use(plan: Plan): void
  /** The event loop turns (called every `heartbeat`): tells how the worker is, and what it has seen of endpoints. */
  beat(services: ReadonlyMap<string, ServiceLevels>): void
  /** Main has taken that many bytes. */
  acknowledge(bytes: number): void
  /** Sends what waits: before the thread ends. */
  flush(): void
}

/** `post` sends to main; what is in `transfer` moves. */
export function createWorkerTelemetry(options: {
  readonly slot: MetricsSlot
  readonly clock: Clock
  readonly post: (report: TelemetryReport, transfer: ArrayBuffer[]) => void
}): WorkerTelemetry {
  const { slot, clock, post } = options
  const metrics = new WorkerMetrics(slot.buffer, (series) => post({ kind: 'series', series }, []), slot.series)
  const dropped = metrics.intern('tidegate_access_log_dropped_total', ['worker'])
  const accepting = new AcceptingSampler((pause) => post({ kind: 'accepting', pause }, []))
  const endpoints = new EndpointNotes(clock)
  const levels = new WorkerLevels(metrics, clock, `${slot.slot}`, heartbeat)
  let lost = 0
  const batch = new LogBatch({
    post: (lines) => post({ kind: 'lines', batch: lines }, [lines.buffer]),
    onDrop(lines) {
      metrics.add(dropped, lines)
      lost += lines
    },
  })
  // Told when main takes lines again: before that it would not hear of it.
  const tellLoss = (): void => {
    if (lost === 0) return
    post({ kind: 'lost', lines: lost }, [])
    lost = 0
  }
  // Armed by a line, so that an idle worker is not woken.
  let armed = false
  const arm = (): void => {
    if (armed) return
    armed = true
    setTimeout(() => {
      armed = false
      batch.flush()
    }, delay)
  }
  const lines: Pick<LogBatch, 'add' | 'encode'> = {
    add(line) {
      batch.add(line)
      arm()
    },
    encode(encoder, call, outcome, wallTime) {
      const added = batch.encode(encoder, call, outcome, wallTime)
      if (added) arm()
      return added
    },
  }
  let current = createObserver({ metrics, encoder: undefined, batch: lines, clock })
  return {
    observer: {
      exchangeEnded: (call, outcome) => current.exchangeEnded(call, outcome),
      requestRejected: (peer, fault, target, rejection) => current.requestRejected(peer, fault, target, rejection),
      acceptingPaused: (pause) => accepting.acceptingPaused(pause),
      acceptingResumed: () => accepting.acceptingResumed(),
      connectionOpened: () => current.connectionOpened(),
      connectionRefused: () => current.connectionRefused(),
      connectionClosed: () => current.connectionClosed(),
      upstreamOpened: (service, endpoint) => current.upstreamOpened(service, endpoint),
      upstreamClosed: (service, endpoint) => current.upstreamClosed(service, endpoint),
      endpointReached: (service, endpoint) => endpoints.reached(service, endpoint),
      endpointFailed: (service, endpoint, fault) => endpoints.failed(service, endpoint, fault),
    },
    use(plan) {
      const { accessLog } = plan
      const logs = accessLog.sinks.length > 0
      const hinted = accessLog.format === 'pretty' ? { ...accessLog, hint: createHints(plan, clock) } : accessLog
      const encoder = logs ? compileEncoder(hinted) : undefined
      const byteEncoder = logs ? compileByteEncoder(accessLog) : undefined
      current = createObserver({ metrics, encoder, byteEncoder, batch: lines, clock })
    },
    beat(services) {
      levels.beat(services)
      const notes = endpoints.take()
      if (notes.length > 0) post({ kind: 'endpoints', notes }, [])
    },
    acknowledge(bytes) {
      batch.acknowledge(bytes)
      tellLoss()
    },
    flush() {
      batch.flush()
      tellLoss()
    },
  }
}
