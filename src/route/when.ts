// A condition that is code: `match.when` of a configuration in TypeScript. It counts as one condition; `false` passes the alternative over,
// and whatever is neither true nor false, a throw included, refuses the request: a condition that could not be decided opens nothing.
import { HeaderMap } from '../http/fields.ts'
import type { RouteQuery } from './query.ts'

/** The request as a condition sees it: everything canonical, nothing to change. */
export interface MatchRequest {
  readonly method: string
  /** Canonical authority: lower-case, no default port. */
  readonly host: string
  /** The canonical path, encoded. */
  readonly path: string
  /** The client's address, as `client` says who that is. */
  readonly ip: string
  /** The value of a field, several joined by `, `; '' for one that is missing. Names in any case. */
  header(name: string): string
  /** The first value of a query parameter, decoded; '' for one that is missing. */
  query(name: string): string
}

/** Must answer `true` or `false`, at once. */
export type WhenCondition = (request: MatchRequest) => unknown

/** What `test` says: `failed` with the reason for the log. */
export type Decided = { readonly holds: boolean } | { readonly failed: string }

/** Asks a condition about a request from `ip`. */
export function decideWhen(test: WhenCondition, request: RouteQuery, ip: string): Decided {
  try {
    const holds = test(new Asked(request, ip))
    if (typeof holds === 'boolean') return { holds }
    return { failed: `the condition gave ${holds instanceof Promise ? 'a promise' : typeof holds} where true or false is wanted` }
  } catch (error) {
    return { failed: `the condition threw ${String(error)}` }
  }
}

class Asked implements MatchRequest {
  readonly ip: string
  readonly #of: RouteQuery

  constructor(of: RouteQuery, ip: string) {
    this.#of = of
    this.ip = ip
  }
  get method(): string {
    return this.#of.method
  }
  get host(): string {
    return this.#of.authority
  }
  get path(): string {
    return this.#of.path
  }
  header(name: string): string {
    return new HeaderMap(this.#of.fields as string[]).get(name) ?? ''
  }
  query(name: string): string {
    return new URLSearchParams(this.#of.query).get(name) ?? ''
  }
}
