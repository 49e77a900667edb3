// The candidates that share one host and one shape of path, in the order of config.md's **Matching**: an exact method before none, then
// more conditions before fewer, then what `over` says.
import { METHODS, isMethod } from '../http/method.ts'
import type { Guard } from './guard.ts'
import type { WhenCondition } from './when.ts'

/** One match alternative of one route. */
export interface Candidate<T> {
  readonly route: string
  readonly value: T
  /** Which of the route's alternatives this is, from 0. */
  readonly alternative: number
  /** The template as written, for messages. */
  readonly path: string
  readonly method: string | undefined
  readonly guard: Guard | undefined
  /** A condition that is code, beside those of the guard. */
  readonly when: WhenCondition | undefined
  /** For each of the route's parameters, which of the template's captures fills it. */
  readonly captures: readonly number[]
}

/** Decides conditions that are code; undefined for one that could not be decided. */
export interface WhenJudge {
  holds(when: WhenCondition): boolean | undefined
}

/** What conditions read. Fields are asked for only where there is a condition: a request makes its list of them at first use. */
export interface Conditioned {
  readonly method: string
  readonly fields: readonly string[]
  readonly query: string
}

/** One sorted list, small in memory: with 10,000 routes, a map of methods for each was felt as cache misses (+20 % a match). */
export class Leaf<T> {
  #candidates: Candidate<T>[] = []

  get candidates(): readonly Candidate<T>[] {
    return this.#candidates
  }

  /** Adds one, before `sort`. */
  add(candidate: Candidate<T>): void {
    // Nearly every leaf has one, and V8 makes room for 17 at the first push.
    if (this.#candidates.length === 0) this.#candidates = [candidate]
    else this.#candidates.push(candidate)
  }

  /** Arranges the candidates once all are known. `rank` orders routes at equal specificity: lower wins. */
  sort(rank: (route: string) => number): void {
    if (this.#candidates.length < 2) return
    this.#candidates = this.#candidates.toSorted(
      (a, b) => methodClass(a.method) - methodClass(b.method) || conditions(b) - conditions(a) || rank(a.route) - rank(b.route),
    )
  }

  /** The first candidate for the method whose conditions hold. */
  pick(request: Conditioned, judge: WhenJudge): Candidate<T> | undefined {
    for (const candidate of this.#candidates) {
      if (!answers(candidate.method, request.method) || !holds(candidate, request)) continue
      // One that could not be decided is where the search ends.
      if (candidate.when === undefined || judge.holds(candidate.when) !== false) return candidate
    }
    return undefined
  }

  /** Adds the methods that this leaf would answer for the rest of the request. */
  addAllowed(allowed: Set<string>, request: Conditioned, judge: WhenJudge): void {
    for (const candidate of this.#candidates) {
      if (!holds(candidate, request) || (candidate.when !== undefined && judge.holds(candidate.when) !== true)) continue
      for (const method of METHODS) if (answers(candidate.method, method)) allowed.add(method)
    }
  }
}

// A GET answers HEAD after those that say HEAD themselves; who names no method comes last.
const methodClass = (method: string | undefined): number => (method === 'HEAD' ? 0 : method === undefined ? 2 : 1)

const answers = (declared: string | undefined, method: string): boolean =>
  declared === method || (declared === undefined ? isMethod(method) : declared === 'GET' && method === 'HEAD')

const holds = <T>(candidate: Candidate<T>, request: Conditioned): boolean =>
  candidate.guard === undefined || candidate.guard.holds(request.fields, request.query)

/** How many conditions a candidate has. */
export const conditions = <T>(candidate: Candidate<T>): number => (candidate.guard?.count ?? 0) + (candidate.when === undefined ? 0 : 1)
