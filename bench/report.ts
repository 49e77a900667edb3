// Turns the rounds into ratios, and the ratios into a table for people and a record for machines.
import { reference } from './cases.ts'
import { spreadOf, type Spread } from './measure/statistics.ts'
import type { Outcome, Round } from './rounds.ts'

export interface CaseResult {
  readonly case: string
  readonly title: string
  readonly connections: number
  readonly outcomes: readonly Outcome[]
}

export interface Figures {
  readonly contender: string
  /** CPU a request, divided by the reference's in the same round. */
  readonly cpu: Spread
  /** Requests/s, divided by the reference's in the same round. */
  readonly rate: Spread
  /** CPU a request in µs. */
  readonly micros: Spread
  readonly requestsPerSecond: Spread
  /** Medians over the rounds, µs. */
  readonly p50: number
  readonly p99: number
  /** Bytes. */
  readonly memory: number
}

const cost = (round: Round) => round.cpu / round.answers
const rate = (round: Round) => round.answers / round.seconds

/** The figures of everyone who stayed to the end, against `to`; none when that one did not. */
export function figuresOf(outcomes: readonly Outcome[], to: string = reference): Figures[] {
  const base = outcomes.find((outcome) => outcome.contender === to)?.rounds ?? []
  if (base.length === 0) return []
  return outcomes
    .filter((outcome) => outcome.rounds.length === base.length)
    .map(({ contender, rounds, memory }) => {
      const against = (value: (round: Round) => number) => spreadOf(rounds.map((round, i) => value(round) / value(base[i] as Round)))
      return {
        contender,
        cpu: against(cost),
        rate: against(rate),
        micros: spreadOf(rounds.map((round) => cost(round) / 1_000)),
        requestsPerSecond: spreadOf(rounds.map(rate)),
        p50: spreadOf(rounds.map((round) => round.p50)).median,
        p99: spreadOf(rounds.map((round) => round.p99)).median,
        memory,
      }
    })
}

/** One case as a heading and a table in Markdown. */
export function tableOf(result: CaseResult, to: string = reference): string {
  const lines = [
    `## ${result.case}: ${result.title}, ${result.connections} connections`,
    '',
    `| contender | CPU a request vs ${to}: median (quartiles) | requests/s vs ${to} | CPU a request | requests/s | p50 | p99 | memory |`,
    '|---|---|---|---|---|---|---|---|',
  ]
  for (const each of figuresOf(result.outcomes, to)) {
    const cells = [
      each.contender,
      `**${each.cpu.median.toFixed(2)}** (${each.cpu.q1.toFixed(2)}–${each.cpu.q3.toFixed(2)})`,
      `${each.rate.median.toFixed(2)} (${each.rate.q1.toFixed(2)}–${each.rate.q3.toFixed(2)})`,
      `${each.micros.median.toFixed(1)} µs`,
      each.requestsPerSecond.median.toFixed(0),
      `${(each.p50 / 1_000).toFixed(2)} ms`,
      `${(each.p99 / 1_000).toFixed(2)} ms`,
      `${(each.memory / 2 ** 20).toFixed(0)} MiB`,
    ]
    lines.push(`| ${cells.join(' | ')} |`)
  }
  for (const { contender, failure } of result.outcomes) if (failure !== undefined) lines.push('', `**${contender} failed:** ${failure}`)
  return lines.join('\n')
}
