import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Wheel } from '../net/wheel.ts'
import { Refusals } from './refusals.ts'

test('a burst of refused connections is one line, and one that goes on is one a minute', () => {
  const time = { now: 5_000 }
  const wheel = new Wheel({ now: () => time.now, wall: () => 0, wallAt: () => 0 })
  const said: string[] = []
  const refusals = new Refusals(wheel, (message) => said.push(`${Math.round(time.now / 1_000)} ${message}`))
  const pass = (seconds: number, each: () => void = () => {}): void => {
    for (const end = time.now + seconds * 1_000; time.now < end; time.now += 100) {
      each()
      wheel.turn()
    }
  }
  const rest = 'had as many as `limits.connectionsPerClient` allows; the last came from 192.0.2.7'
  pass(3)
  refusals.add('192.0.2.7')
  pass(100)
  assert.deepEqual(said.splice(0), [`9 1 connection was closed unserved: its client ${rest}`])
  pass(61, () => refusals.add('192.0.2.7'))
  assert.deepEqual(
    said.splice(0).map((line) => line.replace(/^\S+ /, '')),
    [`10 connections were closed unserved: their clients ${rest}`, `600 connections were closed unserved: their clients ${rest}`],
  )
  pass(200)
  assert.equal(said.length, 0)
})
