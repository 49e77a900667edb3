// Policies that read whole answers or that wait: an answer too large for one is a 502, and a promise that never settles ends as a 500.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../../src/base/clock.ts'
import { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { Wheel } from '../../src/net/wheel.ts'
import { compileAll } from '../../src/pipeline/compile-all.ts'
import type { Handler } from '../../src/pipeline/handler.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { createGateway, type GatewaySource } from '../../src/index.ts'
import { definePolicy, type Hooks, proceed } from '../../src/plugin.ts'
import { buildTable } from '../../src/route/table.ts'
import { silentObserver } from '../harness/silent-observer.ts'
import { DataPlane } from '../../src/serve/data-plane.ts'
import type { ServedRoute } from '../../src/serve/snapshot.ts'
import { TrustedPeers } from '../../src/base/ip.ts'
import { scriptedService } from '../../src/testing/index.ts'
import { connectMemory } from '../harness/peer.ts'

const own = (hooks: Hooks) => definePolicy({ name: 'own', schema: z.strictObject({}), create: () => hooks })

/** A route to one service, with the policy `own`. */
const oneRoute = {
  version: 1,
  telemetry: { logs: { sinks: [] } },
  services: { far: { endpoints: ['http://far.test'] } },
  routes: { x: { match: 'GET /x', service: 'far', policies: ['own'] } },
} as GatewaySource

test('an answer larger than a policy reads is a 502 that says so, with what the policies add, as long as nothing was sent', async () => {
  const hooks: Hooks = {
    needs: { responseBody: { max: 100, as: 'bytes' } },
    onResponse: (_, response) => response.headers.set('x-own', '1'),
    onResponseBody: (_, body) => body,
  }
  for (const [size, status] of [
    [100, 200],
    [101, 502],
    [300_000, 502],
  ] as const) {
    const far = scriptedService(() => ({ status: 200, body: 'x'.repeat(size) }))
    await using gateway = await createGateway(oneRoute, { policies: [own(hooks)], services: { far } })
    const answer = await gateway.inject('/x')
    assert.deepEqual([answer.status, answer.headers['x-own']], [status, '1'], `${size} bytes`)
    if (status === 502) assert.equal((answer.json() as { code: string }).code, 'upstream_body_too_large')
  }
})

const never = <T>(): Promise<T> => new Promise<T>(() => {})

/** Asks a data plane whose clock stands for a route with `hooks`; what came back after each of the waits, and the log. */
async function waiting(hooks: Hooks, waits: readonly number[]): Promise<{ got: string[]; failures: string[] }> {
  const clock = new ManualClock()
  const wheel = new Wheel(clock)
  const network = new MemoryNetwork()
  const compiled = compileAll([{ route: 'x', params: [], policies: [{ kind: 'own', options: {} }] }], {
    registry: createRegistry([own(hooks)]),
    now: () => clock.now(),
    report: () => undefined,
  })
  assert.ok(compiled.ok)
  const pipeline = compiled.pipelines[0]
  assert.ok(pipeline !== undefined)
  const handler: Handler = {
    handle: (exchange) => {
      exchange.respond({ status: 200, fields: [], bodyLength: 2 }, false)
      exchange.data(Buffer.from('ok'))
      exchange.end(undefined)
    },
  }
  const value: ServedRoute = {
    name: 'x',
    index: 0,
    pipeline,
    handler,
    params: [],
    bodyLimit: Infinity,
    timeouts: { body: 30_000, write: 30_000 },
    allowedOddities: 0,
    trailers: false,
    websocket: undefined,
  }
  const { table } = buildTable([
    { name: 'x', match: [{ method: undefined, path: '/x', hosts: [], headers: [], query: [] }], over: [], value },
  ])
  const failures: string[] = []
  const plane = new DataPlane({
    wheel,
    clock,
    loopId: 'test',
    observer: silentObserver,
    onPolicyFailure: (_, failure) => void failures.push(`${failure.kind} ${failure.hook} ${String(failure.cause)}`),
    snapshot: {
      version: 1,
      table,
      unmatched: pipeline,
      client: { from: 'connection', trusted: new TrustedPeers([]) },
      limits: { head: 32_768, headers: 100, target: 8_192, body: Infinity, pipelined: 16 },
      timeouts: { head: 10_000, body: 30_000, write: 30_000, keepAlive: 60_000 },
    },
  })
  const peer = connectMemory(network, (wire) => void plane.connect(wire))
  peer.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
  const got: string[] = []
  for (const ms of [0, ...waits]) {
    clock.advance(ms)
    wheel.turn()
    for (let i = 0; i < 20; i++) await setImmediate()
    got.push(peer.received.slice(0, 12))
  }
  plane.destroyAll()
  return { got, failures }
}

test('a hook whose promise never settles is given up after 30 s: that request is a 500, and the log names the policy', async () => {
  const hooks: [string, Hooks][] = [
    ['onRequest', { onRequest: () => never() }],
    ['onResponse', { onResponse: () => never() }],
    ['onResponseBody', { needs: { responseBody: { max: 100, as: 'bytes' } }, onResponseBody: () => never() }],
    ['responseStream', { responseStream: () => ({ write: () => never(), end: () => undefined }) }],
  ]
  for (const [hook, given] of hooks) {
    const { got, failures } = await waiting(given, [29_000, 1_100])
    assert.deepEqual(got, ['', '', 'HTTP/1.1 500'], hook)
    assert.deepEqual(failures, [`own ${hook} Error: it gave no answer within 30 s`])
  }
})

test('a hook that settles in time leaves no deadline behind', async () => {
  const { got, failures } = await waiting({ onRequest: async () => (await setImmediate(), proceed) }, [100, 31_000])
  assert.deepEqual([got.at(0), failures], ['HTTP/1.1 200', []])
})

test('the time that a hook takes over an answer is in its duration, although the answer came in one read', async () => {
  const clock = new ManualClock()
  const durations: number[] = []
  const hooks: Hooks = {
    onResponse: () => clock.advance(50),
    onEnd: (_, outcome) => void durations.push(outcome.duration),
  }
  const far = scriptedService(() => ({ status: 200, body: 'whole' }))
  await using gateway = await createGateway(oneRoute, { policies: [own(hooks)], services: { far }, clock })
  assert.equal((await gateway.inject('/x')).status, 200)
  assert.deepEqual(durations, [50])
})
