import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Gate } from './gate.ts'
import { PermitCells, PermitTable } from './permit-cells.ts'

/** The gates of `workers` workers of one service. */
function crew(workers: number, limits: { max: number; pending: number }) {
  const table = new PermitTable(workers)
  const buffer = table.of(['orders']).get('orders') as SharedArrayBuffer
  return {
    table,
    buffer,
    gates: Array.from({ length: workers }, (_, slot) => new Gate(limits, new PermitCells(slot, buffer))) as [Gate, Gate],
  }
}

test('at most `max` are under way and `pending` wait, over all workers', () => {
  const { gates } = crew(2, { max: 3, pending: 2 })
  const [a, b] = gates
  assert.deepEqual([a.enter(), a.enter(), b.enter()], [true, true, true])
  assert.equal(b.full, false)
  // Two more come: they have to wait, a third is turned away.
  assert.equal(a.enter(), true)
  assert.equal(a.full, true)
  assert.equal(a.wait(), true)
  assert.equal(b.enter(), true)
  assert.equal(b.wait(), true)
  assert.equal(a.enter(), false)
  assert.equal(b.enter(), false)
  assert.deepEqual([a.underWay, a.waiting, b.underWay, b.waiting], [2, 1, 1, 1])
  // It is nobody's turn until one under way ends, in whichever worker.
  assert.equal(a.begin(), false)
  b.leave()
  assert.equal(a.begin(), true)
  assert.equal(b.begin(), false)
})

test('with nobody allowed to wait, whoever finds it full is refused', () => {
  const { gates } = crew(2, { max: 1, pending: 0 })
  const [a, b] = gates
  assert.equal(a.enter(), true)
  assert.equal(b.enter(), false)
  a.leave()
  assert.equal(b.enter(), true)
})

test('requests that wait for a connection count against `pending` although fewer than `max` are under way', () => {
  const { gates } = crew(2, { max: 100, pending: 1 })
  const [a, b] = gates
  assert.deepEqual([a.enter(), b.enter()], [true, true])
  assert.equal(a.wait(), true)
  assert.equal(b.wait(), false)
  assert.deepEqual([b.underWay, b.waiting], [1, 0])
})

test('an end wakes who waits in this worker at once, and in another one at its next turn', () => {
  const { gates } = crew(2, { max: 1, pending: 10 })
  const [a, b] = gates
  const woken: string[] = []
  a.enter()
  b.enter()
  b.wait()
  b.queue({ serve: () => woken.push('b') }, true)
  a.enter()
  a.wait()
  a.queue({ serve: () => woken.push('a') }, true)
  a.leave()
  assert.deepEqual(woken, ['a'])
  b.turn()
  assert.deepEqual(woken, ['a', 'b'])
})

test('a worker that has more than its share gives up one place a turn while others wait', () => {
  const { gates } = crew(2, { max: 4, pending: 10 })
  const [a, b] = gates
  for (let i = 0; i < 4; i++) a.enter()
  for (let i = 0; i < 4; i++) {
    b.enter()
    b.wait()
  }
  for (let turn = 0; turn < 4; turn++) {
    a.turn()
    // One of a's requests ends and another one comes.
    a.leave()
    a.enter()
    if (a.full) a.wait()
    b.turn()
    b.begin()
  }
  assert.deepEqual([a.underWay, b.underWay], [2, 2])
})

test('R51 a worker that has ended at any instruction gives back what it held', async () => {
  const { table, buffer, gates } = crew(3, { max: 1_000_000, pending: 1_000_000 })
  const own = gates[0]
  own.enter()
  for (let round = 0; round < 8; round++) {
    const thread = new Worker(new URL('../../../test/harness/permit-holder.ts', import.meta.url), {
      workerData: { buffer, slot: 1 + (round % 2) },
    })
    const cells = new PermitCells(0, buffer)
    for (; cells.holders < 2; cells.count()) await setTimeout(1)
    await setTimeout(round)
    await thread.terminate()
    table.clear(1 + (round % 2))
    cells.count()
    assert.deepEqual([cells.underWay, cells.waiting, cells.holders], [1, 0, 1])
  }
})

test('a service keeps its memory over reloads, and loses it when no plan names it', () => {
  const table = new PermitTable(2)
  const first = table.of(['orders', '__proto__'])
  assert.equal(table.of(['orders']).get('orders'), first.get('orders'))
  assert.notEqual(first.get('orders'), first.get('__proto__'))
  table.keep(['__proto__'])
  assert.notEqual(table.of(['orders']).get('orders'), first.get('orders'))
  assert.equal(table.of(['__proto__']).get('__proto__'), first.get('__proto__'))
})

test('other limits hold from the moment they are set', () => {
  const gate = new Gate({ max: 1, pending: 0 })
  gate.enter()
  assert.equal(gate.enter(), false)
  gate.limit({ max: 2, pending: 0 })
  assert.equal(gate.enter(), true)
})

test('a request that gives its wait up and tries elsewhere sees all that are under way by then', () => {
  const gate = new Gate({ max: 1, pending: 5 })
  const queue = { serve() {} }
  assert.deepEqual([gate.enter(), gate.full], [true, false])
  // Two more have to wait; the second finds a queue.
  assert.deepEqual([gate.enter(), gate.full, gate.wait()], [true, true, true])
  gate.queue(queue, true)
  assert.deepEqual([gate.enter(), gate.full, gate.wait()], [true, true, true])
  gate.queue(queue, false)
  gate.giveUp()
  assert.equal(gate.underWay, 2)
  assert.equal(gate.full, true)
})
