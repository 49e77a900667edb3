import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { exampleCall, exampleOutcome } from '../../../test/telemetry/example-call.ts'
import { DURATION_BOUNDS, type MetricDefinition, metrics } from './definitions.ts'
import { MAX_SERIES, readCell, reserveCells } from './layout.ts'
import { MetricsJoin, type MetricsSlot } from './metrics-join.ts'
import { RequestMeter } from './request-meter.ts'
import { WorkerMetrics } from './worker-metrics.ts'

const DURATION = 'http_server_request_duration_seconds'

function start(join: MetricsJoin): { slot: MetricsSlot; metrics: WorkerMetrics; meter: RequestMeter } {
  const slot = join.acquire()
  const worker = new WorkerMetrics(slot.buffer, (series) => join.register(slot.slot, series), slot.series)
  return { slot, metrics: worker, meter: new RequestMeter(worker) }
}

const seriesOf = (join: MetricsJoin): number => join.snapshot().reduce((sum, family) => sum + family.samples.length, 0)

test('an exchange is counted by route, method and status, with its bytes, its retries and its fault', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  meter.exchangeEnded(exampleCall(), exampleOutcome())
  meter.exchangeEnded(exampleCall(), exampleOutcome({ status: 502, fault: 'upstream_reset', attempts: 3 }))
  meter.exchangeEnded(exampleCall({ method: 'POST' }), exampleOutcome())
  assert.equal(join.total(DURATION), 3)
  assert.equal(join.total(DURATION, { http_request_method: 'GET', http_route: 'product', http_response_status_code: '200' }), 1)
  assert.equal(join.total(DURATION, { http_response_status_code: '502' }), 1)
  assert.equal(join.total('tidegate_request_bytes_total', { http_route: 'product' }), 3 * 214)
  assert.equal(join.total('tidegate_response_bytes_total', { http_route: 'product' }), 3 * 381)
  assert.equal(join.total('tidegate_retries_total', { service: 'catalog' }), 2)
  assert.equal(join.total('tidegate_faults_total', { fault: 'upstream_reset', side: 'upstream', service: 'catalog' }), 1)
  assert.equal(join.total(DURATION, { http_route: 'another' }), 0)
})

test('a client that left before its answer counts as 499', () => {
  const join = new MetricsJoin()
  start(join).meter.exchangeEnded(exampleCall(), exampleOutcome({ status: 0, fault: 'client_closed' }))
  assert.equal(join.total(DURATION, { http_response_status_code: '499' }), 1)
})

test('a duration falls into the first bucket whose bound is not below it, and the buckets add up', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  const milliseconds = [0, 5, 5.001, 10_000, 10_000.1, 1e9]
  for (const duration of milliseconds) meter.exchangeEnded(exampleCall(), exampleOutcome({ duration }))
  const sample = join.snapshot().find((family) => family.name === DURATION)!.samples[0]!
  const expected = [...DURATION_BOUNDS, Infinity].map((bound) => milliseconds.filter((duration) => duration / 1_000 <= bound).length)
  assert.deepEqual(sample.buckets, expected)
  assert.equal(sample.value, 6)
  assert.ok(Math.abs(sample.sum - milliseconds.reduce((sum, each) => sum + each, 0) / 1_000) < 1e-6)
})

test('A27 ten thousand routes leave room for services and endpoints, thousands of endpoints for routes, and what is capped is told', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  const CLIENT = 'http_client_request_duration_seconds'
  for (let i = 0; i < 10_000; i++)
    for (const status of [200, 404]) meter.exchangeEnded(exampleCall({ route: `r${i}` }), exampleOutcome({ status }))
  for (let i = 0; i < 3_000; i++)
    meter.exchangeEnded(exampleCall({ route: 'r0' }), exampleOutcome({ endpoint: `http://10.0.${i >> 8}.${i & 255}` }))
  meter.upstreamOpened('late')
  meter.requestRejected('bad_host')
  assert.equal(join.total(DURATION), 23_000)
  assert.equal(join.total(CLIENT), 23_000)
  assert.equal(join.total('tidegate_response_bytes_total'), 23_000 * 381)
  assert.equal(join.total(CLIENT, { endpoint: 'http://10.0.1.1' }), 1)
  assert.ok(join.total(CLIENT, { endpoint: '_other' }) > 2_000)
  assert.equal(join.total('tidegate_upstream_connections', { service: 'late' }), 1)
  assert.equal(join.total('tidegate_rejected_requests_total', { fault: 'bad_host' }), 1)
  assert.ok(join.total('tidegate_series_capped_total', { metric: DURATION }) > 9_000)
  assert.ok(join.total('tidegate_series_capped_total', { metric: CLIENT }) > 2_000)
  assert.equal(join.total('tidegate_series_capped_total', { metric: 'tidegate_upstream_connections' }), 0)
})

test('A27 a successor starts with the shares that its predecessor used', () => {
  const join = new MetricsJoin()
  const first = start(join)
  for (let i = 0; i < 1_000; i++) first.meter.exchangeEnded(exampleCall({ route: `r${i}` }), exampleOutcome())
  join.release(first.slot.slot)
  const before = seriesOf(join)
  const { meter } = start(join)
  for (let i = 1_000; i < 2_000; i++) meter.exchangeEnded(exampleCall({ route: `r${i}` }), exampleOutcome())
  assert.equal(seriesOf(join), before)
  assert.equal(join.total(DURATION), 2_000)
})

test('totals are sums over workers, and gauges are levels', () => {
  const join = new MetricsJoin()
  const [one, two] = [start(join), start(join)]
  for (const { meter } of [one, two]) {
    meter.connectionOpened()
    meter.connectionOpened()
    meter.connectionRefused()
    meter.connectionClosed()
    meter.upstreamOpened('catalog')
  }
  two.meter.upstreamClosed('catalog')
  assert.equal(join.total('tidegate_client_connections'), 2)
  assert.equal(join.total('tidegate_client_connections_total'), 4)
  assert.equal(join.total('tidegate_client_connections_refused_total'), 2)
  assert.equal(join.total('tidegate_upstream_connections', { service: 'catalog' }), 1)
  assert.equal(join.total('tidegate_upstream_connections_total', { service: 'catalog' }), 2)
})

test('A27 methods and statuses that clients or services make up do not become labels', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  for (let i = 0; i < 10_000; i++) {
    meter.exchangeEnded(
      exampleCall({ method: `M${i}`, path: `/${i}`, host: `h${i}.example`, query: `q=${i}` }),
      exampleOutcome({ status: 1_000 + i }),
    )
  }
  assert.equal(join.total(DURATION, { http_request_method: '_OTHER', http_route: 'product', http_response_status_code: '' }), 10_000)
  assert.ok(seriesOf(join) < 20, `${seriesOf(join)} series`)
})

test('A27 beyond 2,000 series a worker records into _other, and nothing is lost from the sums', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 5_000; i++) meter.exchangeEnded(exampleCall({ route: `r${i}` }), exampleOutcome())
  assert.equal(join.total(DURATION), 10_000)
  assert.equal(join.total('tidegate_request_bytes_total'), 10_000 * 214)
  assert.ok(join.total(DURATION, { http_route: '_other' }) > 0)
  assert.ok(seriesOf(join) <= MAX_SERIES + Object.keys(metrics).length, `${seriesOf(join)} series`)
})

test('R51 a successor goes on with the counters of a worker that ended, and its gauges begin at 0', () => {
  const join = new MetricsJoin()
  const first = start(join)
  first.meter.connectionOpened()
  first.meter.exchangeEnded(exampleCall(), exampleOutcome())
  join.release(first.slot.slot)
  assert.equal(join.total('tidegate_client_connections'), 0)
  assert.equal(join.total(DURATION), 1)
  const successor = start(join)
  assert.equal(successor.slot.slot, first.slot.slot)
  assert.equal(successor.slot.buffer, first.slot.buffer)
  successor.meter.exchangeEnded(exampleCall(), exampleOutcome())
  successor.meter.connectionOpened()
  assert.equal(join.total(DURATION), 2)
  assert.equal(join.total('tidegate_client_connections'), 1)
  assert.equal(join.snapshot().find((family) => family.name === DURATION)!.samples.length, 1)
})

test('a successor that overlaps its predecessor gets a slot of its own', () => {
  const join = new MetricsJoin()
  const [predecessor, successor] = [start(join), start(join)]
  assert.notEqual(predecessor.slot.slot, successor.slot.slot)
})

test('R51 labels that never reached main leave cells that nobody reads, never cells with two meanings', () => {
  const join = new MetricsJoin()
  const slot = join.acquire()
  const dying = new WorkerMetrics(slot.buffer, () => undefined)
  dying.add(dying.intern('tidegate_request_bytes_total', ['lost']), 1_000)
  join.release(slot.slot)
  const successor = start(join)
  successor.metrics.add(successor.metrics.intern('tidegate_request_bytes_total', ['found']), 1)
  assert.equal(join.total('tidegate_request_bytes_total'), 1)
  assert.equal(join.total('tidegate_request_bytes_total', { http_route: 'found' }), 1)
})

test('R51 a slot whose cells are all given out goes on without failing', () => {
  const join = new MetricsJoin()
  const slot = join.acquire()
  while (reserveCells(slot.buffer, 1) >= 0);
  const worker = new WorkerMetrics(slot.buffer, (series) => join.register(slot.slot, series))
  new RequestMeter(worker).exchangeEnded(exampleCall(), exampleOutcome())
  assert.equal(join.total(DURATION), 0)
})

test('R51 what no counter can hold, and records that cannot be, count as absent', () => {
  const cells = new Float64Array([1, -1, Number.NaN, Infinity, 2 ** 60, 2 ** 53 - 1])
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, -1].map((index) => readCell(cells, index)),
    [1, 0, 0, 0, 0, 2 ** 53 - 1, 0, 0],
  )
  const join = new MetricsJoin()
  const { slot, metrics: worker } = start(join)
  const before = seriesOf(join)
  worker.add(worker.intern('tidegate_retries_total', ['catalog']), 7)
  const bad = [
    { cell: -1, metric: 'tidegate_retries_total', labels: ['x'] },
    { cell: 1.5, metric: 'tidegate_retries_total', labels: ['x'] },
    { cell: 1e9, metric: 'tidegate_retries_total', labels: ['x'] },
    { cell: 40_000, metric: 'tidegate_retries_total', labels: ['x'] },
    { cell: 30_000, metric: 'constructor', labels: [] },
    { cell: 30_000, metric: 'tidegate_retries_total', labels: [] },
  ]
  join.register(slot.slot, bad as never)
  join.register(99, bad as never)
  assert.equal(seriesOf(join), before + 1)
  assert.equal(join.total('tidegate_retries_total'), 7)
})

test('R51 workers terminated at any instruction never make a counter fall, and successors go on', { timeout: 20_000 }, async () => {
  const join = new MetricsJoin()
  let last = 0
  const seen = (): void => {
    const total = join.total(DURATION)
    assert.ok(total >= last, `fell from ${last} to ${total}`)
    last = total
  }
  let buffer: SharedArrayBuffer | undefined
  for (let life = 0; life < 4; life++) {
    const slot = join.acquire()
    buffer ??= slot.buffer
    assert.equal(slot.buffer, buffer)
    const before = last
    const worker = new Worker(new URL('../../../test/telemetry/counting-worker.ts', import.meta.url), { workerData: slot })
    worker.on('message', (series) => join.register(slot.slot, series))
    const ended = once(worker, 'exit')
    while (join.total(DURATION) <= before) await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 20 + life * 13; i++) {
      seen()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await worker.terminate()
    await ended
    join.release(slot.slot)
    seen()
    assert.ok(last > before)
    assert.equal(join.total('tidegate_client_connections'), 0)
  }
  const family = join.snapshot().find(({ name }) => name === DURATION)!
  assert.ok(family.samples.length > 0 && family.samples.length <= 50)
  for (const sample of family.samples) assert.ok(Number.isSafeInteger(sample.value) && sample.sum >= 0)
})

test('every metric is named, labelled and helped as its readers expect', () => {
  for (const [name, definition] of Object.entries<MetricDefinition>(metrics)) {
    assert.match(name, /^[a-z]+(_[a-z]+)+$/)
    assert.equal(name.endsWith('_total'), definition.kind === 'counter', name)
    assert.equal(definition.kind === 'histogram' && !name.endsWith('_seconds'), false, name)
    assert.match(definition.help, /^[A-Z].*\.$/)
  }
})

test('an exchange with a service is timed by service, endpoint and ending; waiting for a turn is not its time', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  const CLIENT = 'http_client_request_duration_seconds'
  const at = { service: 'catalog', endpoint: 'http://127.0.0.1:7101' }
  meter.exchangeEnded(exampleCall(), exampleOutcome({ ...at, attempts: 1, queue: 50, firstByte: 10, transfer: 5, duration: 65 }))
  meter.exchangeEnded(
    exampleCall(),
    exampleOutcome({ ...at, attempts: 1, status: 504, fault: 'upstream_response_timeout', queue: 50, firstByte: -1, duration: 150 }),
  )
  meter.exchangeEnded(exampleCall(), exampleOutcome({ ...at, attempts: 1, status: 0, fault: 'client_closed', firstByte: -1, duration: 5 }))
  meter.exchangeEnded(exampleCall(), exampleOutcome({ service: '', endpoint: '', attempts: 0 }))
  const samples = join.snapshot().find(({ name }) => name === CLIENT)!.samples
  assert.deepEqual(
    samples.map(({ labels, value, sum }) => [...labels, value, Math.round(sum * 1_000)]),
    [
      ['catalog', at.endpoint, '200', '', 1, 15],
      ['catalog', at.endpoint, '', 'upstream_response_timeout', 1, 100],
      ['catalog', at.endpoint, '', '', 1, 5],
    ],
  )
})

test('A27 refusals are told apart by route and code, and a plugin that makes up codes fills one series', () => {
  const join = new MetricsJoin()
  const { meter } = start(join)
  const refused = (code: string): void => meter.exchangeEnded(exampleCall(), exampleOutcome({ status: 403, fault: 'refused', code }))
  refused('ip_denied')
  refused('ip_denied')
  for (let i = 0; i < 5_000; i++) refused(`made_up_${i}`)
  assert.equal(join.total('tidegate_policy_refusals_total', { http_route: 'product', code: 'ip_denied' }), 2)
  assert.equal(join.total('tidegate_policy_refusals_total'), 5_002)
  const family = join.snapshot().find(({ name }) => name === 'tidegate_policy_refusals_total')!
  assert.ok(family.samples.length <= 501, `${family.samples.length}`)
})
