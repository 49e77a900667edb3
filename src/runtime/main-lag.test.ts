import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../base/clock.ts'
import { MainLag } from './main-lag.ts'

test('the largest lag of the last thirty looks is told, and what comes early is none', () => {
  const clock = new ManualClock()
  const lag = new MainLag(clock)
  assert.equal(lag.most, 0)
  for (const took of [500, 620, 503, 498]) {
    clock.advance(took)
    lag.look()
  }
  assert.equal(lag.most, 120)
  for (let i = 0; i < 30; i++) {
    clock.advance(501)
    lag.look()
  }
  assert.equal(lag.most, 1)
  lag.end()
})
