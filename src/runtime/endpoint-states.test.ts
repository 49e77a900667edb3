import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultCode } from '../base/fault.ts'
import type { EndpointPlan } from '../config/plan.ts'
import { EndpointStates } from './endpoint-states.ts'

const one = 'http://127.0.0.1:1'
const two = 'http://127.0.0.1:2'
const servicesOf = (...urls: string[]) => [
  {
    name: 'billing',
    endpoints: urls.map((url): EndpointPlan => ({
      url,
      scheme: 'http',
      host: '127.0.0.1',
      port: Number(url.slice(-1)),
      basePath: '',
      weight: 1,
    })),
  },
]

function start(...urls: string[]) {
  const states = new EndpointStates({ now: () => 9_000, wall: () => 10_000 })
  states.use(servicesOf(...urls))
  return {
    states,
    tell: (endpoint: string, fault: FaultCode | undefined, since: number, at = since) =>
      states.hear([{ service: 'billing', endpoint, fault, lasting: 10_000 - since, age: 10_000 - at }]),
    shown: (): unknown[] => states.list().map(({ state, since, reason, age }) => [state, since, reason, age]),
  }
}

const unknown = ['unknown', undefined, undefined, undefined]

test('an endpoint is what was seen of it last, since when it was seen so first, whichever worker saw it', () => {
  const { tell, shown } = start(one, two)
  assert.deepEqual(shown(), [unknown, unknown])
  tell(one, undefined, 1_000)
  assert.deepEqual(shown(), [['up', 1_000, undefined, 9_000], unknown])
  tell(one, 'upstream_refused', 2_000)
  tell(one, 'upstream_connect_timeout', 3_000)
  assert.deepEqual(shown()[0], ['out', 2_000, 'connect timed out', 7_000])
  // An older word arrives late.
  tell(one, undefined, 1_000, 2_500)
  assert.deepEqual(shown()[0], ['out', 2_000, 'connect timed out', 7_000])
})

test('a worker that found an endpoint out and has no more to do with it does not keep it out', () => {
  const { tell, shown } = start(one)
  tell(one, 'upstream_refused', 2_000)
  // Another worker, for which it was never out, has been connected meanwhile.
  tell(one, undefined, 500, 5_000)
  assert.deepEqual(shown()[0], ['up', 5_000, undefined, 5_000])
})

test('what a reload takes away is forgotten, and is unknown when it comes back until it is seen', () => {
  const { states, tell, shown } = start(one, two)
  tell(two, 'upstream_unresolved', 1_000)
  assert.deepEqual(shown()[1], ['out', 1_000, 'name not resolved', 9_000])
  states.use(servicesOf(one))
  tell(two, 'upstream_unresolved', 1_000, 2_000)
  assert.deepEqual(shown(), [unknown])
  states.use(servicesOf(one, two))
  assert.deepEqual(shown()[1], unknown)
  tell(two, undefined, 3_000)
  assert.deepEqual(shown()[1], ['up', 3_000, undefined, 7_000])
})
