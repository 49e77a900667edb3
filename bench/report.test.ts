import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figuresOf, tableOf } from './report.ts'
import type { Outcome, Round } from './rounds.ts'

const noErrors = { connect: 0, read: 0, write: 0, status: 0, timeout: 0 }

function round(micros: number, answers: number): Round {
  return {
    requests: answers,
    answers,
    seconds: 1,
    bytes: answers * 300,
    errors: noErrors,
    p50: 500,
    p99: 900,
    cpu: micros * 1_000 * answers,
  }
}

function outcome(contender: string, rounds: readonly Round[], failure?: string): Outcome {
  return { contender, version: '1', rounds, failure, memory: 2 ** 20 }
}

test('a ratio is taken within its round: a neighbour that slows a whole round changes nothing', () => {
  const nginx = outcome('nginx', [round(20, 1_000), round(40, 500), round(20, 1_000)])
  const other = outcome('other', [round(25, 800), round(50, 400), round(25, 800)])
  const figures = figuresOf([nginx, other]).find((each) => each.contender === 'other')
  assert.deepEqual(figures?.cpu, { median: 1.25, q1: 1.25, q3: 1.25 })
  assert.deepEqual(figures?.rate, { median: 0.8, q1: 0.8, q3: 0.8 })
})

test('a contender that failed has no figures, and the table says why', () => {
  const outcomes = [outcome('nginx', [round(20, 1_000)]), outcome('other', [], '3 status errors among 900 answers')]
  assert.deepEqual(
    figuresOf(outcomes).map((each) => each.contender),
    ['nginx'],
  )
  assert.match(tableOf({ case: 'plain', title: '', connections: 32, outcomes }), /\*\*other failed:\*\* 3 status errors/)
})

test('without the reference there are no ratios', () => {
  assert.deepEqual(figuresOf([outcome('nginx', [], 'ended'), outcome('other', [round(25, 800)])]), [])
})
