// Main's end of telemetry: the counters of all workers, their access-log lines on the way to the sinks, and the gateway's own words.
import { systemClock } from '../base/clock.ts'
import type { AccessLogPlan, Plan } from '../config/plan.ts'
import { LogRouter } from '../telemetry/logs/router.ts'
import { MetricsJoin, type MetricsSlot } from '../telemetry/metrics/metrics-join.ts'
import { type SeriesRecord, WorkerMetrics } from '../telemetry/metrics/worker-metrics.ts'
import { createFileSink } from '../telemetry/sinks/file.ts'
import type { LineSink } from '../telemetry/sinks/line-sink.ts'
import { createStdoutSink } from '../telemetry/sinks/stdout.ts'
import type { WriteQueueOptions } from '../telemetry/sinks/write-queue.ts'
import { AcceptingReport, type Pause } from './accepting.ts'
import type { EndpointNote } from './endpoint-notes.ts'
import { EndpointStates } from './endpoint-states.ts'
import { descriptorLimit, fewDescriptors } from './descriptor-limit.ts'
import { LossReport } from './loss-report.ts'
import type { Say } from './log.ts'
import { MainLag } from './main-lag.ts'
import { createPluginSink } from './plugin-sink.ts'

/** What a worker sends. */
export type TelemetryReport =
  | { readonly kind: 'lines'; readonly batch: Uint8Array<ArrayBuffer> }
  /** Lines that it could not keep until main took what was before them. They are counted in its metrics. */
  | { readonly kind: 'lost'; readonly lines: number }
  /** Its acceptor has paused, or (undefined) goes on. */
  | { readonly kind: 'accepting'; readonly pause: Pause | undefined }
  /** Endpoints that could not be reached, or can be again. */
  | { readonly kind: 'endpoints'; readonly notes: readonly EndpointNote[] }
  | { readonly kind: 'series'; readonly series: readonly SeriesRecord[] }

export interface TelemetryHub {
  readonly metrics: MetricsJoin
  readonly endpoints: EndpointStates
  /** Worker threads so far. */
  readonly started: number
  /** How late main's event loop has been at most in the last 15 s, in milliseconds. */
  readonly lag: number
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

/**
 * `say` tells of what is lost or kept waiting: access-log lines (when it begins, once a minute, when it is over, and at the end), accepting
 * that pauses and goes on, and once at the start a limit on descriptors that is too low for a gateway.
 */
export function createTelemetryHub(say: Say): TelemetryHub {
  const metrics = new MetricsJoin()
  const endpoints = new EndpointStates(systemClock)
  const router = new LogRouter()
  const slots = new Map<number, number>()
  let started = 0
  const lag = new MainLag(systemClock)
  let sinks = new Map<string, LineSink>()
  let changing: Promise<void> = Promise.resolve()
  const lossOfWorkers = new LossReport('the main thread', say)
  const countLoss = lossCounter(metrics)
  const accepting = new AcceptingReport(say)
  let warning = fewDescriptors(descriptorLimit())
  return {
    metrics,
    endpoints,
    get lag() {
      return lag.most
    },
    get started() {
      return started
    },
    acquire(worker) {
      started++
      const slot = metrics.acquire()
      slots.set(worker, slot.slot)
      return slot
    },
    release(worker) {
      const slot = slots.get(worker)
      if (slot !== undefined) metrics.release(slot)
      slots.delete(worker)
      accepting.release(worker)
    },
    receive(worker, report, acknowledge) {
      const slot = slots.get(worker)
      if (report.kind === 'lines') router.receive(report.batch, acknowledge)
      else if (report.kind === 'lost') {
        // It comes with an acknowledgement: main takes lines again.
        lossOfWorkers.lost(report.lines)
        lossOfWorkers.working()
      } else if (report.kind === 'accepting') accepting.hear(worker, report.pause)
      else if (report.kind === 'endpoints') endpoints.hear(report.notes)
      else if (slot !== undefined) metrics.register(slot, report.series)
    },
    use({ accessLog, services }) {
      endpoints.use(services)
      if (warning !== undefined) say(warning, 'warn')
      warning = undefined
      sinks = new Map(
        accessLog.sinks.map((sink) => [JSON.stringify(sink), sinks.get(JSON.stringify(sink)) ?? createSink(sink, say, countLoss)]),
      )
      changing = changing.then(() => router.replace([...sinks.values()]))
    },
    reopen: () => router.reopen(),
    async end() {
      lag.end()
      accepting.end()
      await changing
      await router.end()
      await lossOfWorkers.end(async () => {})
    },
  }
}

function createSink(sink: AccessLogPlan['sinks'][number], say: Say, count: (lines: number) => void): LineSink {
  const report = new LossReport(nameOf(sink), say)
  const options: WriteQueueOptions = {
    onTrouble: (error) => report.failing(error),
    onDrop: (lines) => {
      count(lines)
      report.lost(lines)
    },
    onRecovered: () => report.working(),
  }
  const queue = queueBefore(sink, options)
  return {
    write: (batch, done) => queue.write(batch, done),
    reopen: () => queue.reopen(),
    end: () => report.end(() => queue.end()),
    get dropped() {
      return queue.dropped
    },
  }
}

function queueBefore(sink: AccessLogPlan['sinks'][number], options: WriteQueueOptions): LineSink {
  if (sink.type === 'plugin') return createPluginSink(sink, options)
  return sink.type === 'file' ? createFileSink(sink.path, options) : createStdoutSink(options)
}

function nameOf(sink: AccessLogPlan['sinks'][number]): string {
  if (sink.type === 'plugin') return `the sink ${sink.name}`
  return sink.type === 'file' ? sink.path : 'standard output'
}

/** Counts what sinks drop. Main's own slot of metrics is made for the first loss: most gateways never need it. */
function lossCounter(metrics: MetricsJoin): (lines: number) => void {
  let add: ((lines: number) => void) | undefined
  return (lines) => {
    if (add === undefined) {
      const { slot, buffer, series } = metrics.acquire()
      const own = new WorkerMetrics(buffer, (records) => metrics.register(slot, records), series)
      const cell = own.intern('tidegate_access_log_dropped_total', ['sink'])
      add = (more) => own.add(cell, more)
    }
    add(lines)
  }
}
