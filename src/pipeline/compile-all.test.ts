import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Slot } from '../observe/call-view.ts'
import { newOutcome } from '../observe/outcome.ts'
import { FakeCall } from '../testing/fake-call.ts'
import { FakeResponse } from '../testing/fake-response.ts'
import { compileAll, type PolicyList } from './compile-all.ts'
import type { PolicyFailure } from './failure.ts'
import type { BodyReader, Pipeline } from './pipeline.ts'
import { definePolicy, type Hooks, type Policy, type PolicyEnv } from './policy.ts'
import { createRegistry } from './registry.ts'
import { proceed } from './verdict.ts'

const anything: z.ZodType = z.any()
const policy = (name: string, create: (options: unknown, env: PolicyEnv) => Hooks): Policy =>
  definePolicy({ name, schema: anything, create })
const on = (route: string, ...policies: { kind: string; options: unknown }[]): PolicyList => ({ route, params: ['id'], policies })
const noBody: BodyReader = { read: () => Promise.reject(new Error('nothing needs a body here')) }

function compileWith(
  policies: readonly Policy[],
  lists: readonly PolicyList[],
  report: (failure: PolicyFailure) => void = () => undefined,
) {
  return compileAll(lists, { registry: createRegistry(policies), now: () => 0, report })
}

function pipelinesOf(...args: Parameters<typeof compileWith>): readonly Pipeline[] {
  const compiled = compileWith(...args)
  assert.ok(compiled.ok)
  return compiled.pipelines
}

const quiet = policy('quiet', () => ({ onRequest: () => proceed }))
const perRoute = policy('per-route', (_, { route }) => ({ onRequest: (call) => (call.setId(route), proceed) }))

test('routes with equal lists share one pipeline; different options, kinds and order do not', () => {
  const lists = [
    on('a', { kind: 'quiet', options: { n: 1 } }),
    on('b', { kind: 'quiet', options: { n: 1 } }),
    on('c', { kind: 'quiet', options: { n: 2 } }),
    on('d', { kind: 'quiet', options: { n: 1 } }, { kind: 'quiet', options: { n: 1 } }),
  ]
  const [a, b, c, d] = pipelinesOf([quiet], lists)
  assert.equal(a, b)
  assert.equal(new Set([a, c, d]).size, 3)
})

test('options that are no plain data are never taken for equal', () => {
  const lists = [() => 1, () => 2].map((limit, index) => on(`r${index}`, { kind: 'quiet', options: { limit } }))
  const [a, b] = pipelinesOf([quiet], lists)
  assert.notEqual(a, b)
  const odd = [new Map(), new Date(0), /x/, { deep: [new Set()] }].map((options, index) => on(`o${index}`, { kind: 'quiet', options }))
  assert.equal(new Set(pipelinesOf([quiet], odd)).size, odd.length)
})

test('options that JSON would confuse are told apart', () => {
  const options = [
    null,
    undefined,
    'null',
    Number.NaN,
    0,
    -0,
    0n,
    '0',
    [undefined],
    [null],
    {},
    { a: undefined },
    [],
    'a"b',
    { 'a":1,"b': 2 },
    { a: 1, b: 2 },
  ]
  const lists = options.map((each, index) => on(`r${index}`, { kind: 'quiet', options: [each] }))
  assert.equal(new Set(pipelinesOf([quiet], lists)).size, options.length)
})

test('a list with a policy that depends on its route is compiled for each route', async () => {
  const [a, b] = pipelinesOf([perRoute], [on('a', { kind: 'per-route', options: {} }), on('b', { kind: 'per-route', options: {} })])
  assert.notEqual(a, b)
  for (const [pipeline, route] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    const call = new FakeCall()
    await pipeline?.onRequest?.(call, noBody)
    assert.equal(call.id, route)
  }
})

test('a hook that asks for the route after load fails instead of hearing of another one', async () => {
  const late = policy('late', (_, env) => ({ onRequest: (call) => (call.setId(env.route), proceed) }))
  const [pipeline] = pipelinesOf([late], [on('a', { kind: 'late', options: {} })])
  const verdict = await pipeline?.onRequest?.(new FakeCall(), noBody)
  assert.equal(verdict?.kind === 'fault' && verdict.fault, 'policy_failed')
})

test('slots are numbered within a pipeline, and the pipeline says how many there are', async () => {
  const seen: (string | undefined)[] = []
  const slotted = policy('slotted', (text, env) => {
    const slot: Slot<string> = env.slot()
    return {
      onRequest: (call) => (call.set(slot, String(text)), proceed),
      onResponse: (call) => void seen.push(call.get(slot)),
    }
  })
  const [pipeline] = pipelinesOf([slotted], [on('a', { kind: 'slotted', options: 'one' }, { kind: 'slotted', options: 'two' })])
  assert.equal(pipeline?.slots, 2)
  const call = new FakeCall()
  await pipeline?.onRequest?.(call, noBody)
  await pipeline?.onResponse?.(call, new FakeResponse({ status: 200, fields: [], bodyLength: 0 }))
  assert.deepEqual(seen, ['two', 'one'])
})

test('every problem of every list is told at once, and there is no pipeline then', () => {
  const broken = policy('broken', () => {
    throw new Error('the table is missing')
  })
  const needy = policy('needy', () => ({ needs: { requestBody: { max: -1, as: 'json' } }, responseStream: () => undefined }))
  const compiled = compileWith(
    [broken, needy],
    [on('a', { kind: 'broken', options: {} }, { kind: 'absent', options: {} }), on('', { kind: 'needy', options: {} })],
  )
  assert.ok(!compiled.ok)
  assert.match(String(compiled.problems[0]?.cause), /the table is missing/)
  assert.deepEqual(
    compiled.problems.map(({ path, message }) => ({ path, message })),
    [
      { path: 'routes.a.policies.broken', message: 'the table is missing' },
      { path: 'routes.a.policies.absent', message: 'there is no policy `absent`' },
      { path: 'unmatched.policies.needy', message: 'the policy `needy` has `needs.requestBody` but no `onRequestBody`' },
      { path: 'unmatched.policies.needy', message: 'the policy `needy` needs a body of at most no whole number of bytes' },
    ],
  )
})

test('R40 a throw in a hook is that request’s fault, and calls beside it are unaffected', async () => {
  const reports: PolicyFailure[] = []
  const touchy = policy('touchy', () => ({
    onRequest: (call) => {
      if (call.request.path === '/throw') throw new Error('of this request')
      return call.request.path === '/reject' ? Promise.reject(new Error('of this request')) : proceed
    },
    onEnd: (call) => {
      if (call.request.path !== '/fine') throw new Error('at its end')
    },
  }))
  const [pipeline] = pipelinesOf([quiet, touchy], [on('a', { kind: 'quiet', options: {} }, { kind: 'touchy', options: {} })], (failure) =>
    reports.push(failure),
  )
  const calls = ['/throw', '/fine', '/reject', '/fine'].map((path) => new FakeCall({ path }))
  const verdicts = await Promise.all(calls.map(async (call) => pipeline?.onRequest?.(call, noBody)))
  for (const call of calls) pipeline?.onEnd?.(call, newOutcome())

  assert.deepEqual(
    verdicts.map((verdict) => (verdict?.kind === 'fault' ? verdict.fault : verdict?.kind)),
    ['policy_failed', 'proceed', 'policy_failed', 'proceed'],
  )
  for (const index of [0, 2]) {
    const verdict = verdicts[index]
    const failure = verdict?.kind === 'fault' ? verdict.failure : undefined
    assert.deepEqual([failure?.kind, failure?.hook, failure?.position], ['touchy', 'onRequest', 1])
    assert.match(String(failure?.cause), /of this request/)
  }
  assert.deepEqual(
    reports.map(({ kind, hook }) => `${kind}.${hook}`),
    ['touchy.onEnd', 'touchy.onEnd'],
  )
})

test('a list without hooks costs the exchange no call', () => {
  const [empty, idle] = pipelinesOf([policy('idle', () => ({}))], [on('a'), on('b', { kind: 'idle', options: {} })])
  for (const pipeline of [empty, idle]) {
    const { kinds: _, slots: __, ...functions } = pipeline as Pipeline
    assert.deepEqual(Object.values(functions), [undefined, undefined, undefined, undefined, undefined])
  }
})
