import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFloat, randomHex, requestId, spanId, traceId } from './random.ts'

test('ids are lower-case hex of their length and do not repeat across refills of the pool', () => {
  for (const [make, pattern] of [
    [requestId, /^[0-9a-f]{32}$/],
    [traceId, /^[0-9a-f]{32}$/],
    [spanId, /^[0-9a-f]{16}$/],
  ] as const) {
    const seen = new Set<string>()
    for (let i = 0; i < 2_000; i++) {
      const id = make()
      assert.match(id, pattern)
      seen.add(id)
    }
    assert.equal(seen.size, 2_000)
  }
})

test('every hex digit occurs about equally often at every place of an id', () => {
  const counts = Array.from({ length: 32 }, () => new Map<string, number>())
  for (let i = 0; i < 8_000; i++) {
    const id = requestId()
    for (let place = 0; place < 32; place++) counts[place]!.set(id[place]!, (counts[place]!.get(id[place]!) ?? 0) + 1)
  }
  // 500 expected, standard deviation 22: eight of them away fails once in 10^12 runs.
  for (const place of counts) for (const digit of '0123456789abcdef') assert.ok(Math.abs((place.get(digit) ?? 0) - 500) < 180)
})

test('randomHex gives twice as many digits as bytes, from nothing to the whole pool, and refuses more', () => {
  for (const bytes of [0, 1, 7, 16, 16_383, 16_384]) assert.match(randomHex(bytes), new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
  for (const bytes of [-1, 16_385, Number.NaN]) assert.throws(() => randomHex(bytes), RangeError)
})

test('randomFloat stays in [0, 1) and fills it evenly', () => {
  const buckets = new Array<number>(10).fill(0)
  for (let i = 0; i < 100_000; i++) {
    const value = randomFloat()
    assert.ok(value >= 0 && value < 1)
    buckets[Math.floor(value * 10)]!++
  }
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 800, `uneven: ${buckets.join(' ')}`)
})
