// A worker that counts exchanges as fast as it can until it is ended: what `metrics.test.ts` terminates at any instruction.
import { parentPort, workerData } from 'node:worker_threads'
import type { MetricsSlot } from '../../src/telemetry/metrics/metrics-join.ts'
import { RequestMeter } from '../../src/telemetry/metrics/request-meter.ts'
import { WorkerMetrics } from '../../src/telemetry/metrics/worker-metrics.ts'
import { exampleCall, exampleOutcome } from './example-call.ts'

const { buffer, series } = workerData as MetricsSlot
const meter = new RequestMeter(new WorkerMetrics(buffer, (records) => parentPort?.postMessage(records), series))
for (let i = 0; ; i++) {
  if (i % 2 === 0) meter.connectionOpened()
  else meter.connectionClosed()
  meter.exchangeEnded(exampleCall({ route: `route-${i % 50}` }), exampleOutcome({ status: 200 + (i % 5), duration: i % 20 }))
}
