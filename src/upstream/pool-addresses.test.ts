import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { ManualClock } from '../base/clock.ts'
import { Flusher } from '../net/flusher.ts'
import { Wheel } from '../net/wheel.ts'
import { MemoryNetwork, memoryWires } from '../net/memory-wire.ts'
import type { WireHandler } from '../net/wire.ts'
import type { Observer } from '../observe/observer.ts'
import { silentObserver } from '../../test/harness/silent-observer.ts'
import { Gate } from './limit/gate.ts'
import { Pool } from './pool.ts'
import type { Waiter } from './waiter.ts'
import type { Answer } from './resolve/look-up.ts'
import { Resolver } from './resolve/resolver.ts'

const silent: WireHandler = { onData() {}, onDrain() {}, onEnd() {}, onClose() {}, onConnect() {} }

/** A pool for `service.test:80` whose name resolves when the test says so, and whose addresses take connections as `takes` says. */
function stage(takes: (address: string) => 'yes' | 'no' | 'silence' = () => 'yes') {
  const clock = new ManualClock()
  const wheel = new Wheel(clock)
  const network = new MemoryNetwork()
  const looks: ((answer: Answer) => void)[] = []
  const lookUp = { find: () => new Promise<Answer>((resolve) => looks.push(resolve)), end() {} }
  const names = new Resolver({ wheel, lookUp, report() {} })
  const dialed: string[] = []
  const open = { now: 0 }
  const observer: Observer = {
    ...silentObserver,
    upstreamOpened: () => void open.now++,
    upstreamClosed: () => void open.now--,
  }
  const dialer = {
    dial(host: string, _port: number, handler: WireHandler) {
      dialed.push(host)
      const { outgoing } = memoryWires(network, takes(host) === 'yes' ? handler : silent, silent)
      if (takes(host) === 'no') queueMicrotask(() => handler.onClose('ECONNREFUSED'))
      return outgoing
    },
  }
  const settings = { host: 'service.test', port: 80, max: 4, connectTimeout: 1_000, idle: 4_000 }
  const pool = new Pool(
    'service',
    'http://service.test',
    settings,
    { wheel, flusher: new Flusher(), clock, dialer, observer, names },
    new Gate({ max: 16, pending: 16 }),
  )
  const told: string[] = []
  const acquire = (): void => {
    const waiter: Waiter = {
      waitUntil: Infinity,
      onConnection: () => told.push('connection'),
      onNoConnection: (fault) => told.push(fault),
    }
    pool.acquire(waiter, Infinity)
  }
  const resolve = async (...addresses: string[]): Promise<void> => {
    looks.shift()?.(addresses.length === 0 ? { ok: false, reason: 'no such name' } : { ok: true, addresses, ttl: 60_000 })
    await setImmediate()
  }
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    wheel.turn()
    await setImmediate()
  }
  return { pool, dialed, told, acquire, resolve, pass, open, looks }
}

test('a request that comes before the first look-up has ended waits for it', async () => {
  const { dialed, told, acquire, resolve } = stage()
  acquire()
  await setImmediate()
  assert.deepEqual([dialed, told], [[], []])
  await resolve('10.0.0.1', '10.0.0.2')
  assert.deepEqual([dialed, told], [['10.0.0.1'], ['connection']])
})

test('it waits no longer than for a connection, and the next one gets its own time', async () => {
  const { told, acquire, resolve, pass } = stage()
  acquire()
  await pass(900)
  assert.deepEqual(told, [])
  await pass(200)
  assert.deepEqual(told, ['upstream_unresolved'])
  acquire()
  await resolve('10.0.0.1')
  assert.deepEqual(told, ['upstream_unresolved', 'connection'])
})

test('the time for a look-up is not taken from requests that wait for a connection', async () => {
  const { told, acquire, resolve, pass } = stage((address) => (address === '10.0.0.1' ? 'silence' : 'yes'))
  acquire()
  await pass(900)
  await resolve('10.0.0.1')
  await pass(200)
  assert.deepEqual(told, [])
  await pass(900)
  assert.deepEqual(told, ['upstream_connect_timeout'])
})

test('a name that does not resolve is an endpoint that is down, until it does', async () => {
  const { told, acquire, resolve, pass } = stage()
  acquire()
  await resolve()
  assert.deepEqual(told, ['upstream_unresolved'])
  acquire()
  assert.deepEqual(told, ['upstream_unresolved', 'upstream_unresolved'])
  await pass(1_100)
  await resolve('10.0.0.1')
  acquire()
  await setImmediate()
  assert.equal(told[2], 'connection')
})

test('R6 an address that refuses is followed by the next one of the same endpoint, within one time limit', async () => {
  const { dialed, told, acquire, resolve, open } = stage((address) => (address === '10.0.0.3' ? 'yes' : 'no'))
  await resolve('10.0.0.1', '10.0.0.2', '10.0.0.3')
  acquire()
  await setImmediate()
  assert.deepEqual([dialed, told, open.now], [['10.0.0.1', '10.0.0.2', '10.0.0.3'], ['connection'], 1])
})

test('an endpoint all of whose addresses refuse has refused once', async () => {
  const { dialed, told, acquire, resolve, open } = stage(() => 'no')
  await resolve('10.0.0.1', '10.0.0.2')
  acquire()
  await setImmediate()
  assert.deepEqual([dialed, told, open.now], [['10.0.0.1', '10.0.0.2'], ['upstream_refused'], 0])
})

test('R9 an address that swallows connections takes the whole time of its endpoint', async () => {
  const { dialed, told, acquire, resolve, pass, open } = stage((address) => (address === '10.0.0.1' ? 'silence' : 'yes'))
  await resolve('10.0.0.1', '10.0.0.2')
  acquire()
  await pass(1_100)
  assert.deepEqual([dialed, told, open.now], [['10.0.0.1'], ['upstream_connect_timeout'], 0])
})

test('a pool that is retired keeps its addresses and looks nothing up any more', async () => {
  const { pool, told, acquire, resolve, pass, looks } = stage()
  await resolve('10.0.0.1')
  pool.retire()
  await pass(120_000)
  assert.equal(looks.length, 0)
  acquire()
  await setImmediate()
  assert.deepEqual(told, ['connection'])
})

test('a pool that is destroyed ends its waiters and dials nothing more', async () => {
  const { pool, dialed, told, acquire, resolve } = stage(() => 'silence')
  await resolve('10.0.0.1', '10.0.0.2')
  acquire()
  pool.destroy()
  acquire()
  assert.deepEqual([dialed, told], [['10.0.0.1'], ['draining', 'draining']])
})
