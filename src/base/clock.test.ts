import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock, systemClock } from './clock.ts'

test('a reading of the monotonic clock is told as wall time without reading that clock', () => {
  const now = systemClock.now()
  const before = Date.now()
  const told = systemClock.wallAt(now)
  // What is measured is measured to the millisecond.
  assert.ok(Math.abs(told - before) <= 2, `${told - before} ms apart`)
  assert.equal(systemClock.wallAt(now + 50) - told, 50)
})

test('a clock moved by hand tells it by both its hands', () => {
  const clock = new ManualClock()
  const then = clock.now()
  clock.advance(40)
  assert.equal(clock.wallAt(then), clock.wall() - 40)
  clock.jump(3_600_000)
  assert.equal(clock.wallAt(clock.now()), clock.wall())
})
