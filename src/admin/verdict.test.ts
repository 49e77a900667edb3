import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleView } from '../../test/admin/example-view.ts'
import { roughly } from './time-words.ts'
import { verdictOf } from './verdict.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 0, 5, 4, 0)
const sentence = (change: Parameters<typeof exampleView>[0]): string =>
  verdictOf(exampleView({ now, changedAt: now - 4 * DAY, ...change })).sentence

test('the verdict of a gateway that is well', () => {
  assert.equal(sentence({}), 'OK: 2 workers, 3 routes; no configuration change for 4 d')
})

test('the verdict names a service with endpoints that are out, since when and why', () => {
  const out = (endpoint: string, since: number, reason: string) => ({ service: 'billing', endpoint, state: 'out' as const, since, reason })
  const since = Date.UTC(2026, 0, 5, 3, 2)
  const endpoints = [
    out('http://127.0.0.1:7101', since, 'connect refused'),
    out('http://127.0.0.1:7102', since + 60_000, 'connect refused'),
  ]
  assert.equal(
    sentence({ endpoints }),
    'DEGRADED: billing 2 of 3 endpoints out since 03:02 UTC (connect refused); no configuration change for 4 d',
  )
  assert.match(sentence({ endpoints: [out('x', now - 2 * DAY, 'timeout')] }), /since 2026-01-03 04:00 UTC \(timeout\)/)
})

test('the verdict names a reload that failed, workers that are missing or blocked, and routes that are refused', () => {
  const lastReload = { at: now - 300_000, outcome: 'refused' as const, reason: '1 error in the configuration' }
  assert.equal(
    sentence({ lastReload }),
    'DEGRADED: the last reload failed 5 min ago (1 error in the configuration); no configuration change for 4 d',
  )
  assert.equal(sentence({ lastReload: { ...lastReload, outcome: 'switched' } }), 'OK: 2 workers, 3 routes; no configuration change for 4 d')
  assert.match(sentence({ wanted: 3 }), /^DEGRADED: 2 of 3 workers serve;/)
  assert.match(sentence({ blocked: true }), /^DEGRADED: worker 2 is blocked for 3 s;/)
  assert.match(sentence({ refusedRoutes: ['a', 'b'] }), /^DEGRADED: route a and 1 other refused, whose code ended workers;/)
})

test('the verdict says why a gateway is not ready', () => {
  assert.equal(sentence({ plan: undefined, ready: false }), 'NOT READY: it is starting')
  assert.equal(sentence({ ready: false, stopping: true }), 'NOT READY: it is stopping; no configuration change for 4 d')
  assert.match(sentence({ ready: false }), /^NOT READY: no worker serves;/)
  assert.match(
    sentence({ ready: false, wanted: 3 }),
    /^NOT READY: 2 workers of 3 serve, and none is started again before a reload succeeds/,
  )
})

test('how long something took is told in whole units of the largest that fits', () => {
  assert.deepEqual([0, 999, 1_000, 59_999, 60_000, 3_599_999, 3_600_000, DAY - 1, DAY, 400 * DAY].map(roughly), [
    '0 s',
    '0 s',
    '1 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h',
    '23 h',
    '1 d',
    '400 d',
  ])
})
