import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { ManualClock } from '../../base/clock.ts'
import { Wheel } from '../../net/wheel.ts'
import type { Answer } from './look-up.ts'
import { Resolver } from './resolver.ts'

/** A resolver whose look-ups end when the test says so. */
function stage() {
  const clock = new ManualClock()
  const wheel = new Wheel(clock)
  const open: { host: string; answer: (answer: Answer) => Promise<void> }[] = []
  const said: string[] = []
  let ended = 0
  const lookUp = {
    find: (host: string) =>
      new Promise<Answer>((resolve) => {
        open.push({
          host,
          answer: async (answer) => {
            resolve(answer)
            await setImmediate()
          },
        })
      }),
    end: () => void ended++,
  }
  const resolver = new Resolver({ wheel, lookUp, report: (message) => said.push(message) })
  const pass = (ms: number): void => {
    clock.advance(ms)
    wheel.turn()
  }
  const answer = (given: Answer): Promise<void> | undefined => open.shift()?.answer(given)
  return { resolver, open, said, pass, answer, ended: () => ended }
}

const found = (ttl: number, ...addresses: string[]): Answer => ({ ok: true, addresses, ttl })
const failed: Answer = { ok: false, reason: 'no such name' }

test('an address is its own, without a look-up', () => {
  const { resolver, open } = stage()
  void resolver.watch('10.0.0.1', () => {})()
  assert.deepEqual(resolver.addresses('10.0.0.1'), ['10.0.0.1'])
  assert.deepEqual(resolver.addresses('2001:DB8::0001'), ['2001:db8::1'])
  assert.equal(resolver.isPending('10.0.0.1'), false)
  assert.equal(open.length, 0)
})

test('a name is looked up once for all who watch it, and reading it looks nothing up', async () => {
  const { resolver, open, answer } = stage()
  let told = 0
  void resolver.watch('orders.test', () => told++)
  void resolver.watch('orders.test', () => told++)
  assert.deepEqual(resolver.addresses('orders.test'), [])
  assert.equal(resolver.isPending('orders.test'), true)
  assert.equal(open.length, 1)
  await answer(found(60_000, '10.0.0.1', '10.0.0.2'))
  for (let i = 0; i < 100; i++) assert.deepEqual(resolver.addresses('orders.test'), ['10.0.0.1', '10.0.0.2'])
  assert.equal(told, 2)
  assert.equal(open.length, 0)
})

test('it is looked up again when its TTL is over, a second at least after the last time', async () => {
  const { resolver, open, pass, answer } = stage()
  void resolver.watch('orders.test', () => {})
  await answer(found(30_000, '10.0.0.1'))
  pass(29_900)
  assert.equal(open.length, 0)
  pass(200)
  assert.equal(open.length, 1)
  await answer(found(0, '10.0.0.2'))
  assert.deepEqual(resolver.addresses('orders.test'), ['10.0.0.2'])
  pass(900)
  assert.equal(open.length, 0)
  pass(200)
  assert.equal(open.length, 1)
})

test('addresses outlive failed look-ups, which are told once and made rarer', async () => {
  const { resolver, open, said, pass, answer } = stage()
  void resolver.watch('orders.test', () => {})
  await answer(found(1_000, '10.0.0.1'))
  const gaps: number[] = []
  for (let i = 0; i < 8; i++) {
    let gap = 0
    while (open.length === 0) {
      pass(500)
      gap += 500
    }
    gaps.push(gap)
    await answer(failed)
    assert.deepEqual(resolver.addresses('orders.test'), ['10.0.0.1'])
  }
  assert.deepEqual(
    gaps.map((gap) => Math.round(gap / 1_000)),
    [1, 1, 2, 4, 8, 16, 30, 30],
  )
  assert.deepEqual(said, ['`orders.test` does not resolve: no such name; 10.0.0.1 stays in use'])
  while (open.length === 0) pass(1_000)
  await answer(found(1_000, '10.0.0.9'))
  assert.deepEqual(said.slice(1), ['`orders.test` resolves again: 10.0.0.9'])
})

test('a name that never resolved is known to be down, and who waits is told', async () => {
  const { resolver, said, answer } = stage()
  let told = 0
  void resolver.watch('nowhere.test', () => told++)
  await answer(failed)
  assert.equal(told, 1)
  assert.equal(resolver.isPending('nowhere.test'), false)
  assert.deepEqual(resolver.addresses('nowhere.test'), [])
  assert.deepEqual(said, ['`nowhere.test` does not resolve: no such name; its endpoints are down until it does'])
})

test('nobody watches any more: no look-up is made, and a late answer changes nothing', async () => {
  const { resolver, open, said, pass, answer } = stage()
  const end = resolver.watch('orders.test', () => assert.fail('told after its end'))
  await end()
  await end()
  await answer(found(1_000, '10.0.0.1'))
  pass(120_000)
  assert.deepEqual(resolver.addresses('orders.test'), [])
  assert.equal(open.length, 0)
  assert.deepEqual(said, [])
})

test('its end ends every look-up', async () => {
  const { resolver, open, pass, answer, ended } = stage()
  void resolver.watch('a.test', () => {})
  void resolver.watch('b.test', () => {})
  await answer(found(1_000, '10.0.0.1'))
  resolver.end()
  pass(60_000)
  assert.equal(open.length, 1)
  assert.equal(ended(), 1)
})
