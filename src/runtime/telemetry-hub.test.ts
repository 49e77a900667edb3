import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../base/clock.ts'
import type { Plan } from '../config/plan.ts'
import { createTelemetryHub, type TelemetryReport } from './telemetry-hub.ts'
import { createWorkerTelemetry } from './worker-telemetry.ts'

const dropped = 'tidegate_access_log_dropped_total'
/** A batch of `lines` lines, of 1 KiB each. */
const batchOf = (lines: number): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(`${'x'.repeat(1_023)}\n`.repeat(lines)))
const logging = (path: string) =>
  ({
    services: [],
    accessLog: { format: 'json', service: 'tidegate', redact: { headers: [], query: [] }, sinks: [{ type: 'file', path }] },
  }) as unknown as Plan

test('R43 lines that a full disk costs are counted, and told at the end', { skip: process.platform !== 'linux' }, async () => {
  const said: string[] = []
  const hub = createTelemetryHub((message) => said.push(message))
  hub.use(logging('/dev/full'))
  await new Promise(setImmediate)
  for (let i = 0; i < 20; i++) hub.receive(1, { kind: 'lines', batch: batchOf(1_024) }, () => {})
  assert.equal(hub.metrics.total(dropped, { stage: 'sink' }), 4 * 1_024, 'beyond 16 MiB')
  await hub.end()
  assert.equal(hub.metrics.total(dropped, { stage: 'sink' }), 20 * 1_024)
  assert.deepEqual(said.length, 2)
  assert.match(said[0] ?? '', /^the access log does not reach \/dev\/full as fast as it is written: lines are lost$/)
  assert.match(said[1] ?? '', /^20480 lines were lost: the access log did not reach \/dev\/full to its end: ENOSPC/)
})

test('lines that a worker cannot keep are counted, and told once main takes what was before them', async () => {
  const said: string[] = []
  const hub = createTelemetryHub((message) => said.push(message))
  const waiting: TelemetryReport[] = []
  const clock = new ManualClock()
  const worker = createWorkerTelemetry({ slot: hub.acquire(1), clock, post: (report) => waiting.push(report) })
  worker.use(logging('/dev/null'))
  const target = `/${'x'.repeat(8_000)}`
  for (let i = 0; i < 600; i++) worker.observer.requestRejected('192.0.2.1', 'bad_path', target)
  const take = (): void => {
    for (const report of waiting.splice(0)) hub.receive(1, report, (bytes) => worker.acknowledge(bytes))
  }
  take()
  const lost = hub.metrics.total(dropped, { stage: 'worker' })
  assert.ok(lost > 0 && lost < 600, String(lost))
  assert.deepEqual(said, [], 'main has only just taken the batches')
  take()
  assert.equal(said.at(-1), `the access log reaches the main thread again; ${lost} lines were lost`)
  worker.flush()
  await hub.end()
})
