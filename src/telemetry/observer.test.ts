import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleCall, exampleOutcome } from '../../test/telemetry/example-call.ts'
import { ManualClock } from '../base/clock.ts'
import { compileEncoder } from './logs/compile.ts'
import { MetricsJoin } from './metrics/metrics-join.ts'
import { WorkerMetrics } from './metrics/worker-metrics.ts'
import { createObserver } from './observer.ts'

function start(format: 'json' | 'none' = 'json') {
  const join = new MetricsJoin()
  const slot = join.acquire()
  const metrics = new WorkerMetrics(slot.buffer, (series) => join.register(slot.slot, series))
  const clock = new ManualClock()
  const lines: string[] = []
  const encoder = format === 'none' ? undefined : compileEncoder({ format, redact: { headers: [], query: [] }, service: 'tidegate' })
  return {
    join,
    clock,
    lines,
    observer: createObserver({ metrics, encoder, batch: { add: (line) => lines.push(line), encode: () => false }, clock }),
  }
}

test('an exchange that ends is counted and logged once', () => {
  const { join, lines, observer } = start()
  observer.exchangeEnded(exampleCall(), exampleOutcome())
  assert.equal(join.total('http_server_request_duration_seconds'), 1)
  assert.equal(lines.length, 1)
  // It began at 22:13:20 and took 12.3 ms.
  assert.equal(JSON.parse(lines[0]!).time, '2023-11-14T22:13:20.012Z')
})

test('without an access log only counters move', () => {
  const { join, lines, observer } = start('none')
  observer.exchangeEnded(exampleCall(), exampleOutcome())
  observer.requestRejected('192.0.2.1', 'bad_host', '/', undefined)
  assert.equal(join.total('http_server_request_duration_seconds'), 1)
  assert.equal(join.total('tidegate_rejected_requests_total', { fault: 'bad_host' }), 1)
  assert.deepEqual(lines, [])
})

test('a request refused before there was an exchange has its line, with the id that its answer told', () => {
  const { join, lines, observer } = start()
  const rejection = { id: 'abc', method: 'GET', status: 400, requestBytes: 80, responseBytes: 210, duration: 0.5 }
  observer.requestRejected('192.0.2.1', 'bad_path', '/a/../..?token=x\x1b', rejection)
  observer.requestRejected('192.0.2.1', 'head_too_large', '')
  const [told, untold] = lines.map((line) => JSON.parse(line))
  assert.deepEqual(told, {
    time: '2023-11-14T22:13:20.000Z',
    method: 'GET',
    path: '/a/../..',
    query: 'token=[redacted]',
    client: '192.0.2.1',
    peer: '192.0.2.1',
    requestId: 'abc',
    fault: 'bad_path',
    detail: 'The path is malformed or climbs above the root',
    status: 400,
    requestBytes: 80,
    responseBytes: 210,
    duration: 0.5,
  })
  assert.equal(untold.status, 431)
  assert.equal(join.total('tidegate_rejected_requests_total'), 2)
  assert.equal(join.total('tidegate_faults_total', { side: 'client' }), 2)
})

test('connections are gauges and counters', () => {
  const { join, observer } = start()
  observer.connectionOpened()
  observer.connectionOpened()
  observer.connectionClosed()
  observer.upstreamOpened('catalog', 'http://127.0.0.1:1')
  observer.upstreamClosed('catalog', 'http://127.0.0.1:1')
  assert.equal(join.total('tidegate_client_connections'), 1)
  assert.equal(join.total('tidegate_client_connections_total'), 2)
  assert.equal(join.total('tidegate_upstream_connections'), 0)
  assert.equal(join.total('tidegate_upstream_connections_total', { service: 'catalog' }), 1)
})

test('R44 a wall clock that jumps an hour changes the time of a line and neither its duration nor a histogram', () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const { join, clock, lines, observer } = start()
    const startedAt = clock.now()
    clock.advance(20)
    clock.jump(jump)
    observer.exchangeEnded(exampleCall(), exampleOutcome({ duration: clock.now() - startedAt }))
    const line = JSON.parse(lines[0]!)
    assert.equal(line.duration, 20)
    assert.equal(Date.parse(line.time), clock.wall())
    const sample = join.snapshot().find(({ name }) => name === 'http_server_request_duration_seconds')!.samples[0]!
    assert.equal(sample.sum, 0.02)
    // Timestamps are remembered by the millisecond: going back must not bring the old text back.
    clock.jump(-jump)
    observer.exchangeEnded(exampleCall(), exampleOutcome({ duration: clock.now() - startedAt }))
    assert.equal(Date.parse(JSON.parse(lines[1]!).time), clock.wall())
  }
})
