import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseContentLength } from './grammar.ts'

test('a length is the number that its digits say, up to 2^53 − 1', () => {
  const exact = (value: number, zeros: number): void => assert.equal(parseContentLength('0'.repeat(zeros) + String(value)), value)
  for (const value of [0, 1, 9_007_199_254_740_989, 9_007_199_254_740_990, Number.MAX_SAFE_INTEGER]) exact(value, 0)
  fc.assert(fc.property(fc.maxSafeNat(), fc.nat(3), exact), { numRuns: 2_000, seed: 20_261_124 })
  for (const text of ['', '9007199254740992', '10000000000000000', '1e3', '+1', '-1', '1 ', '0x1', '１']) {
    assert.equal(parseContentLength(text), -1, text)
  }
})
