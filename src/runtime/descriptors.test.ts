import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentObserver } from '../../test/harness/silent-observer.ts'
import { cell, Cells } from './cells.ts'
import { descriptorBudget, DescriptorGuard } from './descriptors.ts'

/** Two workers' guards over the same cells, and what each told its acceptor. */
function pair(budget: { all: number; clients: number }) {
  const cells = new Cells(2)
  return [0, 1].map((slot) => {
    const guard = new DescriptorGuard(cells, slot, budget)
    const told: string[] = []
    guard.guard({ pause: () => told.push('pause'), resume: () => told.push('resume') })
    return { guard, told, observer: guard.counting(silentObserver) }
  }) as [Worker, Worker]
}
interface Worker {
  guard: DescriptorGuard
  told: string[]
  observer: ReturnType<DescriptorGuard['counting']>
}

test('R42 accepting pauses when the connections of all workers have used the budget, and resumes some way below', () => {
  const [one, two] = pair({ all: 96, clients: 64 })
  for (let i = 0; i < 32; i++) one.observer.connectionOpened()
  for (let i = 0; i < 32; i++) two.observer.connectionOpened()
  assert.deepEqual(two.told, ['pause'])
  assert.deepEqual(one.told, [])
  one.guard.look()
  assert.deepEqual(one.told, ['pause'])
  two.observer.connectionClosed()
  two.observer.connectionClosed()
  assert.deepEqual(two.told, ['pause', 'resume'])
})

test('R42 connections to services count too', () => {
  const [one] = pair({ all: 10, clients: 8 })
  for (let i = 0; i < 4; i++) one.observer.connectionOpened()
  for (let i = 0; i < 6; i++) one.observer.upstreamOpened('s', 'e')
  assert.deepEqual(one.told, ['pause'])
  one.observer.upstreamClosed('s', 'e')
  assert.deepEqual(one.told, ['pause', 'resume'])
})

test('limits.connections lowers the budget, never raises it', () => {
  const [one] = pair({ all: 100, clients: 50 })
  for (let i = 0; i < 10; i++) one.observer.connectionOpened()
  one.guard.limit(10)
  assert.equal(one.guard.paused, true)
  one.guard.limit(1_000)
  assert.equal(one.guard.paused, false)
  for (let i = 0; i < 40; i++) one.observer.connectionOpened()
  assert.equal(one.guard.paused, true)
})

test('R42 whoever observes hears which limit accepting pauses for, and when it goes on', () => {
  const guard = new DescriptorGuard(new Cells(1), 0, { all: 10, clients: 8 })
  const heard: string[] = []
  const observer = guard.counting({
    ...silentObserver,
    acceptingPaused: ({ limit, number }) => heard.push(`${limit} ${number}`),
    acceptingResumed: () => heard.push('resumed'),
  })
  guard.limit(2)
  for (let i = 0; i < 3; i++) observer.connectionOpened()
  guard.limit(undefined)
  for (let i = 0; i < 5; i++) observer.connectionOpened()
  for (let i = 0; i < 2; i++) observer.connectionClosed()
  for (let i = 0; i < 4; i++) observer.upstreamOpened('s', 'e')
  assert.deepEqual(heard, ['connections 2', 'resumed', 'descriptors 8', 'resumed', 'descriptors 10'])
})

test('a budget leaves room for services whatever the limit on open files', () => {
  for (const limit of [1_024, 20_000, 1_048_576]) {
    const { all, clients } = descriptorBudget(4, limit)
    assert.ok(all < limit && clients < all && clients * 2 >= all)
  }
  assert.ok(descriptorBudget(4, 16).clients > 0)
  assert.equal(new Cells(1).total(cell.connections), 0)
})
