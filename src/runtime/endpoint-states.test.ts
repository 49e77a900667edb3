import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan } from '../config/plan.ts'
import { EndpointNotes, type EndpointReport, EndpointStates } from './endpoint-states.ts'

const one = 'http://127.0.0.1:1'
const two = 'http://127.0.0.1:2'
const planOf = (...urls: string[]): Plan =>
  ({ services: [{ name: 'billing', endpoints: urls.map((url) => ({ url })) }] }) as unknown as Plan

test('a worker tells what has changed, and nothing else', () => {
  const posted: EndpointReport[] = []
  const notes = new EndpointNotes((report) => posted.push(report))
  for (let i = 0; i < 3; i++) notes.reached('billing', one)
  for (let i = 0; i < 3; i++) notes.failed('billing', one, 'upstream_refused')
  notes.failed('billing', one, 'upstream_connect_timeout')
  notes.failed('billing', two, 'upstream_refused')
  notes.reached('billing', one)
  assert.deepEqual(
    posted.map(({ endpoint, fault }) => [endpoint, fault]),
    [
      [one, undefined],
      [one, 'upstream_refused'],
      [two, 'upstream_refused'],
      [one, undefined],
    ],
  )
})

test('an endpoint is out while any worker cannot reach it, since the first could not; a worker that has ended knows nothing', () => {
  let wall = 1_000
  const states = new EndpointStates(() => wall)
  states.use(planOf(one, two))
  const shown = (): unknown[] => states.list().map(({ state, since, reason }) => [state, since, reason])
  assert.deepEqual(shown(), [
    ['unknown', undefined, undefined],
    ['unknown', undefined, undefined],
  ])
  const tell = (worker: number, fault: EndpointReport['fault']): void => states.hear(worker, { service: 'billing', endpoint: one, fault })
  tell(1, undefined)
  wall = 2_000
  tell(1, 'upstream_refused')
  wall = 3_000
  tell(2, 'upstream_connect_timeout')
  assert.deepEqual(shown()[0], ['out', 2_000, 'connect refused'])
  wall = 4_000
  tell(1, undefined)
  assert.deepEqual(shown()[0], ['out', 2_000, 'connect timed out'])
  states.release(2)
  assert.deepEqual(shown()[0], ['up', 4_000, undefined])
})

test('what a reload takes away is forgotten, and is unknown when it comes back', () => {
  const states = new EndpointStates(() => 1_000)
  states.use(planOf(one, two))
  states.hear(1, { service: 'billing', endpoint: two, fault: 'upstream_unresolved' })
  assert.equal(states.list()[1]?.reason, 'name not resolved')
  states.use(planOf(one))
  assert.equal(states.list().length, 1)
  states.use(planOf(one, two))
  assert.equal(states.list()[1]?.state, 'unknown')
})
