import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { GatewayView } from '../admin/view.ts'
import { DURATION_BOUNDS, type MetricDefinition, metrics } from '../telemetry/metrics/definitions.ts'
import { processFamilies, processMetrics } from './process-metrics.ts'

test('docs/metrics.md lists every metric with its kind, labels and help, and no other', () => {
  const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const rows = Object.entries<MetricDefinition>({ ...metrics, ...processMetrics }).map(([name, { kind, labels, help }]) => {
    const cells = [`\`${name}\``, kind, labels.map((label) => `\`${label}\``).join(', '), help]
    return `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`
  })
  assert.deepEqual(
    docs.split('\n').filter((line) => line.startsWith('| `')),
    rows,
  )
  assert.ok(docs.includes(`in seconds: ${DURATION_BOUNDS.join(', ')}.`))
})

test('what main tells is what the gateway is', () => {
  const view = {
    version: '1.2.3',
    startedAt: 1_000,
    takenAt: 61_000,
    ready: true,
    plan: {
      hash: 'abc',
      limits: { connections: undefined, connectionsPerClient: 100 },
      services: [{ name: 's', concurrency: { max: 10, pending: 5 } }],
    },
    lastReload: { at: 5, outcome: 'refused', reason: 'x' },
    reloads: { switched: 3, refused: 1 },
    refusedRoutes: ['a'],
    workers: [
      { id: 1, state: 'serving', reportAge: 0.5, connections: 1, exchanges: 2, blocked: false },
      { id: 2, state: 'serving', reportAge: undefined, connections: 1, exchanges: 3, blocked: false },
    ],
    endpoints: [
      { service: 's', endpoint: 'e1', state: 'up', since: 1, reason: undefined },
      { service: 's', endpoint: 'e2', state: 'out', since: 1, reason: 'connect refused' },
      { service: 's', endpoint: 'e3', state: 'unknown', since: undefined, reason: undefined },
    ],
  } as unknown as GatewayView
  const of = (name: string): unknown[] =>
    processFamilies(view, { started: 4, lag: 20 })
      .find((family) => family.name === name)!
      .samples.map(({ labels, value }) => [...labels, value])
  assert.deepEqual(of('tidegate_build_info'), [['1.2.3', process.versions.node, 1]])
  assert.deepEqual(of('tidegate_workers'), [['serving', 2]])
  assert.deepEqual(of('tidegate_workers_started_total'), [[4]])
  assert.deepEqual(of('tidegate_worker_report_age_seconds'), [['1', 0.5]])
  assert.deepEqual(of('http_server_active_requests'), [[5]])
  assert.deepEqual(of('tidegate_config_last_reload_successful'), [[0]])
  assert.deepEqual(of('tidegate_config_last_reload_success_timestamp_seconds'), [[61]])
  assert.deepEqual(of('tidegate_reloads_total'), [
    ['switched', 3],
    ['refused', 1],
  ])
  assert.deepEqual(of('tidegate_endpoint_up'), [
    ['s', 'e1', 1],
    ['s', 'e2', 0],
  ])
  assert.deepEqual(of('tidegate_main_loop_lag_seconds'), [[0.02]])
  assert.deepEqual(of('tidegate_limit'), [['connections_per_client', 100]])
  assert.deepEqual(of('tidegate_service_requests_limit'), [
    ['s', 'under_way', 10],
    ['s', 'waiting', 5],
  ])
  assert.deepEqual(of('tidegate_config_info'), [['abc', 1]])
})
