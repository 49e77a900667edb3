import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AcceptingReport, AcceptingSampler } from './accepting.ts'

const five = { limit: 'connections', number: 5 } as const
const begins = 'warn: accepting pauses, and clients wait: as many connections are open as `limits.connections` allows, which is 5'
const goesOn = 'info: connections are fewer than that again: accepting goes on'

test('R42 accepting that pauses is told once for all workers, and again when all go on', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const said: string[] = []
  const report = new AcceptingReport((message, level) => said.push(`${level}: ${message}`))
  report.hear(1, five)
  report.hear(2, five)
  assert.deepEqual(said.splice(0), [begins])
  report.hear(1, undefined)
  assert.deepEqual(said.splice(0), [])
  report.hear(2, undefined)
  assert.deepEqual(said.splice(0), [goesOn])
  report.hear(1, five)
  report.hear(1, undefined)
  assert.deepEqual(said.splice(0), [], 'less than a minute later')
  report.hear(1, { limit: 'descriptors', number: 40 })
  mock.timers.tick(60_000)
  assert.match(said.splice(0).join(), /^warn: accepting pauses.*`ulimit -n`.* 40 connections/)
  report.end()
})

test('a worker that pauses and resumes with each connection reports once a second', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const posted: boolean[] = []
  const sampler = new AcceptingSampler((pause) => posted.push(pause !== undefined))
  for (let i = 0; i < 1_000; i++) {
    sampler.acceptingPaused(five)
    mock.timers.tick(1)
    sampler.acceptingResumed()
    mock.timers.tick(1)
  }
  assert.ok(posted.length >= 1 && posted.length <= 4, String(posted.length))
  mock.timers.tick(2_000)
  assert.equal(posted.at(-1), false)
})
