import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../base/clock.ts'
import { EndpointNotes } from './endpoint-notes.ts'

const one = 'http://127.0.0.1:1'
const two = 'http://127.0.0.1:2'

function start() {
  const clock = new ManualClock()
  const notes = new EndpointNotes(clock)
  const told = (): unknown[] => notes.take().map(({ endpoint, fault, lasting }) => [endpoint, fault, lasting])
  return { clock, notes, told }
}

test('a worker tells at its beat what has changed, and nothing else', () => {
  const { clock, notes, told } = start()
  assert.deepEqual(told(), [])
  for (let i = 0; i < 3; i++) notes.reached('billing', one)
  assert.deepEqual(told(), [[one, undefined, 0]])
  clock.advance(500)
  notes.reached('billing', one)
  notes.failed('billing', two, 'upstream_refused')
  assert.deepEqual(told(), [[two, 'upstream_refused', 0]])
  clock.advance(500)
  notes.failed('billing', one, 'upstream_connect_timeout')
  clock.advance(300)
  assert.deepEqual(told(), [[one, 'upstream_connect_timeout', 300]])
})

test('an endpoint that comes and goes with every connection is told of once a beat', () => {
  const { notes, told } = start()
  for (let i = 0; i < 10_000; i++) {
    notes.failed('billing', one, 'upstream_refused')
    notes.reached('billing', one)
  }
  assert.equal(told().length, 1)
})

test('the same is told again after ten seconds, where it has been seen again: another worker may have told otherwise', () => {
  const { clock, notes, told } = start()
  notes.reached('billing', one)
  assert.equal(told().length, 1)
  clock.advance(9_000)
  notes.reached('billing', one)
  assert.deepEqual(told(), [])
  clock.advance(1_000)
  assert.deepEqual(told(), [[one, undefined, 10_000]])
  clock.advance(60_000)
  assert.deepEqual(told(), [], 'nobody has connected since')
})

test('ports and descriptors that this gateway lacks say nothing of an endpoint', () => {
  const { notes, told } = start()
  notes.failed('billing', one, 'ports_exhausted')
  assert.deepEqual(told(), [])
})
