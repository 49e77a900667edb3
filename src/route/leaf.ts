// The candidates that share one host and one shape of path, in the order of config.md's **Matching**: an exact method before none, then
// more conditions before fewer, then what `over` says.
import { METHODS } from '../http/method.ts'
import type { Guard } from './guard.ts'

/** One match alternative of one route. */
export interface Candidate<T> {
  readonly route: string
  readonly value: T
  /** Which of the route's alternatives this is, from 0. */
  readonly alternative: number
  /** As written, for messages. */
  readonly text: string
  readonly method: string | undefined
  readonly guard: Guard | undefined
  /** For each of the route's parameters, which of the template's captures fills it. */
  readonly captures: readonly number[]
}

export class Leaf<T> {
  readonly candidates: Candidate<T>[] = []
  readonly #byMethod = new Map<string, readonly Candidate<T>[]>()

  /** Arranges the candidates once all are known. `rank` orders routes at equal specificity: lower wins. */
  seal(rank: (route: string) => number): void {
    const order = (a: Candidate<T>, b: Candidate<T>): number => conditions(b) - conditions(a) || rank(a.route) - rank(b.route)
    const declared = (method: string | undefined): Candidate<T>[] => this.candidates.filter((c) => c.method === method).toSorted(order)
    for (const method of METHODS) {
      const list = [...declared(method), ...(method === 'HEAD' ? declared('GET') : []), ...declared(undefined)]
      if (list.length > 0) this.#byMethod.set(method, list)
    }
  }

  /** The first candidate for the method whose conditions hold. */
  pick(method: string, fields: readonly string[], query: string): Candidate<T> | undefined {
    const list = this.#byMethod.get(method)
    if (list === undefined) return undefined
    for (const candidate of list) if (candidate.guard === undefined || candidate.guard.holds(fields, query)) return candidate
    return undefined
  }

  /** Adds the methods that this leaf would answer for a request with these fields and query. */
  addAllowed(allowed: Set<string>, fields: readonly string[], query: string): void {
    for (const [method, list] of this.#byMethod) {
      if (list.some((c) => c.guard === undefined || c.guard.holds(fields, query))) allowed.add(method)
    }
  }
}

/** How many conditions a candidate has. */
export const conditions = <T>(candidate: Candidate<T>): number => candidate.guard?.count ?? 0
