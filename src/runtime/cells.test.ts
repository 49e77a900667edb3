import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cell, Cells } from './cells.ts'

test('a slot is the same block for whoever looks, and sums go over all slots that were used', () => {
  const main = new Cells(8)
  const worker = new Cells(main.buffer)
  worker.of(5)[cell.connections] = 3
  worker.of(2)[cell.connections] = 4
  worker.of(2)[cell.exchanges] = 9
  assert.equal(main.total(cell.connections), 7)
  assert.equal(main.total(cell.exchanges), 9)
  assert.equal(main.total(cell.upstreams), 0)
  assert.equal(main.of(5)[cell.connections], 3)
  assert.equal(main.of(4)[cell.connections], 0)
})
