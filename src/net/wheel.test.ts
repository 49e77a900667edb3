import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '../base/clock.ts'
import { Timed, Wheel } from './wheel.ts'

/** An entry that remembers when it was told. */
class Entry extends Timed {
  readonly told: number[] = []
  onDue(now: number): void {
    this.told.push(now)
  }
}

/** A started wheel whose timer and clock a test moves together. */
function turning({ mock }: TestContext) {
  mock.timers.enable({ apis: ['setInterval'] })
  const clock = new ManualClock()
  const wheel = new Wheel(clock)
  let turns = 0
  wheel.onTurn(() => ++turns < 0)
  const end = wheel.start()
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10)
      mock.timers.tick(10)
    }
  }
  return {
    clock,
    wheel,
    end,
    turns: (): number => turns,
    pass,
    /** A deadline in `ms` is told once, not early, and at most one tick late. */
    checkDeadline: (ms: number): void => {
      const entry = new Entry()
      const at = clock.now() + ms
      wheel.arm(entry, at)
      pass(ms + 150)
      assert.equal(entry.told.length, 1, `${ms} ms`)
      assert.ok((entry.told[0] as number) >= at && (entry.told[0] as number) <= at + 60, `${ms} ms: ${(entry.told[0] as number) - at} late`)
    },
  }
}

test('a deadline is told once, never early, and at most one tick late', (t) => {
  const { checkDeadline, end } = turning(t)
  for (const ms of [0, 1, 49, 50, 51, 120, 999, 60_000]) checkDeadline(ms)
  void end()
})

test('a wheel with nothing on it turns twice a second, and is as exact as ever from the moment that something comes', (t) => {
  const { clock, wheel, turns, pass, checkDeadline, end } = turning(t)
  pass(2_000)
  const before = turns()
  pass(10_000)
  assert.equal(turns() - before, 20)
  for (const ms of [0, 30, 100, 700]) {
    pass(3_330)
    wheel.wake()
    assert.equal(wheel.now, clock.now())
    checkDeadline(ms)
  }
  void end()
})

test('an entry that nobody announced wakes it too, and one that stays keeps it turning', (t) => {
  const { clock, wheel, turns, pass, end } = turning(t)
  pass(5_000)
  const entry = new Entry()
  wheel.arm(entry, clock.now() + 60_000)
  const before = turns()
  pass(5_000)
  assert.ok(turns() - before >= 95, String(turns() - before))
  wheel.disarm(entry)
  pass(2_000)
  const after = turns()
  pass(5_000)
  assert.ok(turns() - after <= 11, String(turns() - after))
  void end()
})

test('behind its end it never turns again, whatever is armed', (t) => {
  const { clock, wheel, turns, pass, end } = turning(t)
  pass(5_000)
  void end()
  const before = turns()
  wheel.arm(new Entry(), clock.now() + 10)
  pass(5_000)
  assert.equal(turns(), before)
})

test('a listener that is busy keeps it turning', (t) => {
  const { wheel, turns, pass, end } = turning(t)
  let busy = true
  wheel.onTurn(() => busy)
  pass(5_000)
  const before = turns()
  pass(5_000)
  assert.equal(turns() - before, 100)
  busy = false
  pass(2_000)
  const after = turns()
  pass(5_000)
  assert.equal(turns() - after, 10)
  void end()
})
