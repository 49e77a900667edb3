import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spreadOf } from './statistics.ts'

test('median and quartiles of an odd number of rounds are values that occurred', () => {
  assert.deepEqual(spreadOf([5, 1, 4, 2, 3]), { median: 3, q1: 2, q3: 4 })
})

test('between two neighbours a quantile is interpolated', () => {
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, q1: 1.75, q3: 3.25 })
})

test('one outlier moves neither the median nor the quartiles far', () => {
  assert.deepEqual(spreadOf([1, 1, 1, 1, 100]), { median: 1, q1: 1, q3: 1 })
})

test('there is no spread of no values', () => {
  assert.throws(() => spreadOf([]), RangeError)
})
