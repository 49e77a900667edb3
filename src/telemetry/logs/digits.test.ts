import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeInteger, writeMilliseconds } from './digits.ts'
import { milliseconds } from './numbers.ts'

const bytes = Buffer.alloc(64)
const written = (write: typeof writeInteger, value: number): string => bytes.latin1Slice(3, write(bytes, 3, value))

test('integers are written as String prints them, up to 2^53', () => {
  for (const edge of [0, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 1_000_000_001, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])
    assert.equal(written(writeInteger, edge), String(edge))
  fc.assert(fc.property(fc.maxSafeNat(), (value) => assert.equal(written(writeInteger, value), String(value))))
})

test('milliseconds are written as their text twin prints them', () => {
  for (const edge of [0, 0.0004, 0.0005, 0.9995, 1, 999.9995, 1_000, 2_147_483_646.9])
    assert.equal(written(writeMilliseconds, edge), milliseconds(edge))
  fc.assert(
    fc.property(fc.double({ min: 0, max: 2 ** 31 - 1, noNaN: true }), (value) =>
      assert.equal(written(writeMilliseconds, value), milliseconds(value)),
    ),
  )
})
