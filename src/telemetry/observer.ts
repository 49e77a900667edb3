// The observer that the data plane of one worker calls: what ends becomes counters and a line of the access log.
import type { Clock } from '../base/clock.ts'
import type { Observer } from '../observe/observer.ts'
import type { LogBatch } from './logs/batch.ts'
import type { ByteEncoder, Encoder } from './logs/encoder.ts'
import { rejectedCall, rejectedOutcome } from './logs/rejected-call.ts'
import { RequestMeter } from './metrics/request-meter.ts'
import type { WorkerMetrics } from './metrics/worker-metrics.ts'

export interface ObserverOptions {
  readonly metrics: WorkerMetrics
  /** Undefined: no access log. */
  readonly encoder: Encoder | undefined
  /** Tried first, where the format has one. */
  readonly byteEncoder?: ByteEncoder | undefined
  readonly batch: Pick<LogBatch, 'add' | 'encode'>
  /** Only wall time is read, for the lines; durations come measured. */
  readonly clock: Pick<Clock, 'wall' | 'wallAt'>
}

/** The telemetry observer. */
export function createObserver({ metrics, encoder, byteEncoder, batch, clock }: ObserverOptions): Observer {
  const meter = new RequestMeter(metrics)
  return {
    exchangeEnded(call, outcome) {
      meter.exchangeEnded(call, outcome)
      if (encoder === undefined) return
      const wall = clock.wallAt(call.startedAt + outcome.duration)
      if (byteEncoder === undefined || !batch.encode(byteEncoder, call, outcome, wall)) batch.add(encoder(call, outcome, wall))
    },
    requestRejected(peer, fault, target, rejection) {
      meter.requestRejected(fault)
      if (encoder === undefined) return
      batch.add(encoder(rejectedCall(peer, target, rejection), rejectedOutcome(fault, rejection), clock.wall()))
    },
    connectionOpened: () => meter.connectionOpened(),
    connectionRefused: () => meter.connectionRefused(),
    connectionClosed: () => meter.connectionClosed(),
    upstreamOpened: (service) => meter.upstreamOpened(service),
    upstreamClosed: (service) => meter.upstreamClosed(service),
    endpointReached() {},
    endpointFailed() {},
  }
}
