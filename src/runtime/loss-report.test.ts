import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { LossReport } from './loss-report.ts'

const full = new Error('ENOSPC: no space left on device, write')
const nothing = (): Promise<void> => Promise.resolve()

/** A report on a sink, what it said since the last look, and minutes that a test lets pass. */
function reporting({ mock }: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] })
  const said: string[] = []
  return {
    report: new LossReport('/var/log/access.log', (message) => said.push(message)),
    said: () => said.splice(0),
    pass: (seconds: number) => mock.timers.tick(seconds * 1_000),
  }
}

test('R43 lost lines are told at the beginning of a trouble, once a minute while they are lost, and summed up when it is over', (t) => {
  const { report, said, pass } = reporting(t)
  report.failing(full)
  report.failing(full)
  assert.deepEqual(said(), ['the access log cannot be written to /var/log/access.log: ENOSPC: no space left on device, write'])
  for (let second = 0; second < 59; second++) {
    report.lost(10)
    pass(1)
  }
  assert.deepEqual(said(), [])
  pass(1)
  const still = 'the access log does not reach /var/log/access.log;'
  assert.deepEqual(said(), [`${still} 590 lines were lost since the last word: ENOSPC: no space left on device, write`])
  pass(300)
  assert.deepEqual(said(), [], 'no line was lost meanwhile')
  report.lost(1)
  report.working()
  assert.deepEqual(said(), ['the access log reaches /var/log/access.log again; 591 lines were lost'])
  report.working()
  pass(60)
  assert.deepEqual(said(), [])
})

test('R43 a pipe that is not read is told of by the lines that its queue drops', (t) => {
  const { report, said } = reporting(t)
  report.lost(7)
  assert.deepEqual(said(), ['the access log does not reach /var/log/access.log as fast as it is written: lines are lost'])
  report.working()
  assert.deepEqual(said(), ['the access log reaches /var/log/access.log again; 7 lines were lost'])
})

test('a trouble that comes and goes is told twice a minute at most, with every line that it cost', (t) => {
  const { report, said, pass } = reporting(t)
  const words: string[] = []
  for (let tenth = 0; tenth < 3_000; tenth++) {
    report.lost(1)
    report.working()
    pass(0.1)
    words.push(...said())
  }
  assert.ok(words.length <= 10, words.join('\n'))
  const told = words.map((word) => Number(/(\d+) lines? w/.exec(word)?.[1] ?? 0)).reduce((sum, lines) => sum + lines, 0)
  assert.ok(told >= 2_400 && told <= 3_000, String(told))
})

test('R43 lines that are lost at the end, or since the last word, are told there in one word', async (t) => {
  const { report, said } = reporting(t)
  await report.end(async () => report.lost(12))
  assert.deepEqual(said(), ['12 lines were lost: the access log did not reach /var/log/access.log to its end'])
  await report.end(nothing)
  assert.deepEqual(said(), [])
})

test('a place that cannot be written to is an error, a slow one a warning, and the end of either is neither', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const levels: string[] = []
  const report = new LossReport('/var/log/access.log', (_message, level) => levels.push(level))
  report.failing(full)
  report.working()
  mock.timers.tick(120_000)
  report.lost(1)
  report.working()
  assert.deepEqual(levels, ['error', 'info', 'warn', 'info'])
})
