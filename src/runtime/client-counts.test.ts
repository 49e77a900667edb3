import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ClientCounts, ClientMemory } from './client-counts.ts'

function crew(workers: number, most: number) {
  const memory = new ClientMemory()
  const tables = memory.reach(workers - 1)
  const counts = Array.from({ length: workers }, (_, slot) => new ClientCounts(slot, tables)) as [ClientCounts, ClientCounts]
  for (const one of counts) one.limit(most)
  return { memory, tables, counts }
}

test('an address may have so many connections over all workers, whatever its spelling', () => {
  const { counts } = crew(2, 3)
  const [a, b] = counts
  assert.deepEqual([a.enter('192.0.2.7'), b.enter('::ffff:192.0.2.7'), a.enter('192.0.2.7')], [true, true, true])
  assert.deepEqual([a.enter('192.0.2.7'), b.enter('192.0.2.7')], [false, false])
  assert.equal(b.enter('192.0.2.8'), true)
  b.leave('192.0.2.7')
  assert.equal(a.enter('192.0.2.7'), true)
  assert.equal(b.enter('192.0.2.7'), false)
})

test('thousands of clients do not take each other for one another', () => {
  const { counts } = crew(2, 1)
  const [a, b] = counts
  const peers = Array.from({ length: 8_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
  for (const peer of peers) assert.equal(a.enter(peer), true, peer)
  const refused = peers.filter((peer) => !b.enter(peer))
  // Some found their line full, and are counted by their own worker alone.
  assert.ok(refused.length > 7_900, `${refused.length} of 8000`)
  for (const peer of peers) {
    assert.equal(a.enter(peer), false, peer)
    a.leave(peer)
  }
  for (const peer of refused) assert.equal(b.enter(peer), true, peer)
})

test('a worker that comes later counts with the others', () => {
  const memory = new ClientMemory()
  const first = new ClientCounts(0, memory.reach(0))
  first.limit(2)
  first.enter('192.0.2.7')
  const tables = memory.reach(1)
  const second = new ClientCounts(1, tables)
  second.limit(2)
  first.use(tables)
  assert.equal(second.enter('192.0.2.7'), true)
  assert.equal(first.enter('192.0.2.7'), false)
})

test('R51 connections of a worker that has ended at any instruction are not counted any more', async () => {
  const { memory, tables, counts } = crew(2, 1_000_000)
  const [own] = counts
  const words = new BigUint64Array(tables.tables[1] as SharedArrayBuffer)
  for (let round = 0; round < 6; round++) {
    const thread = new Worker(new URL('../../test/harness/client-holder.ts', import.meta.url), { workerData: { slot: 1, tables } })
    while (words.filter((word) => word !== 0n).length < 16) await setTimeout(1)
    await setTimeout(round)
    await thread.terminate()
    own.limit(1)
    assert.equal(own.enter('192.0.2.1'), false)
    memory.clear(1)
    assert.equal(own.enter('192.0.2.1'), true)
    own.leave('192.0.2.1')
  }
})
