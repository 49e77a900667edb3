// Main's end of telemetry: the counters of all workers, their access-log lines on the way to the sinks, and the gateway's own words.
import type { AccessLogPlan, Plan } from '../config/plan.ts'
import { LogRouter } from '../telemetry/logs/router.ts'
import { MetricsJoin, type MetricsSlot } from '../telemetry/metrics/metrics-join.ts'
import type { SeriesRecord } from '../telemetry/metrics/worker-metrics.ts'
import { createFileSink } from '../telemetry/sinks/file.ts'
import type { LineSink } from '../telemetry/sinks/line-sink.ts'
import { createStdoutSink } from '../telemetry/sinks/stdout.ts'

/** What a worker sends. */
export type TelemetryReport =
  | { readonly kind: 'lines'; readonly batch: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'series'; readonly series: readonly SeriesRecord[] }

export interface TelemetryHub {
  readonly metrics: MetricsJoin
  /** What the worker starts with: memory for its counters, which outlives it. */
  acquire(worker: number): MetricsSlot
  /** The worker has ended. */
  release(worker: number): void
  /** Takes a report; `acknowledge` tells the worker how many bytes of lines are off its hands. */
  receive(worker: number, report: TelemetryReport, acknowledge: (bytes: number) => void): void
  /** That configuration is in force. Sinks that stay are not closed. */
  use(plan: Plan): void
  /** Opens log files anew. */
  reopen(): void
  /** Writes what is queued, and closes. */
  end(): Promise<void>
}

/** `say` tells of a sink's trouble, once each time that it begins. */
export function createTelemetryHub(say: (message: string) => void): TelemetryHub {
  const metrics = new MetricsJoin()
  const router = new LogRouter()
  const slots = new Map<number, number>()
  let sinks = new Map<string, LineSink>()
  let changing: Promise<void> = Promise.resolve()
  return {
    metrics,
    acquire(worker) {
      const slot = metrics.acquire()
      slots.set(worker, slot.slot)
      return slot
    },
    release(worker) {
      const slot = slots.get(worker)
      if (slot !== undefined) metrics.release(slot)
      slots.delete(worker)
    },
    receive(worker, report, acknowledge) {
      const slot = slots.get(worker)
      if (report.kind === 'lines') router.receive(report.batch, acknowledge)
      else if (slot !== undefined) metrics.register(slot, report.series)
    },
    use({ accessLog }) {
      sinks = new Map(accessLog.sinks.map((sink) => [JSON.stringify(sink), sinks.get(JSON.stringify(sink)) ?? createSink(sink, say)]))
      changing = changing.then(() => router.replace([...sinks.values()]))
    },
    reopen: () => router.reopen(),
    async end() {
      await changing
      await router.end()
    },
  }
}

function createSink(sink: AccessLogPlan['sinks'][number], say: (message: string) => void): LineSink {
  const onTrouble = (error: Error): void =>
    say(`the access log cannot be written to ${sink.type === 'file' ? sink.path : 'standard output'}: ${error.message}`)
  return sink.type === 'file' ? createFileSink(sink.path, { onTrouble }) : createStdoutSink({ onTrouble })
}
