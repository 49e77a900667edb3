// The routes of a snapshot, arranged so that a request finds its route at the same cost among ten or ten thousand. On the request's way
// it stands between `serve/exchange.ts`, which asks, and the route's pipeline. The rules are those of config.md, **Matching**.
import { METHODS } from '../http/method.ts'
import { hostOf } from '../http/uri.ts'
import { Guard, type Condition } from './guard.ts'
import { HostMap, hostProblem } from './host-map.ts'
import { Leaf, type Candidate, type WhenJudge } from './leaf.ts'
import { Precedence, type RouteProblem } from './precedence.ts'
import type { RouteQuery } from './query.ts'
import { readTemplates, type RouteTemplates } from './templates.ts'
import { Tree, type LeafVisitor } from './tree.ts'
import { decideWhen, type WhenCondition } from './when.ts'

/** One way in which a route is matched. The fields are those of the plan. */
export interface RouteMatch {
  /** undefined: every method of the allow-list. A GET also answers HEAD. */
  readonly method: string | undefined
  /** A path template as written. */
  readonly path: string
  /** Lower-case names without port; `*.shop.example` for everything below; empty for any. */
  readonly hosts: readonly string[]
  readonly headers: readonly Condition[]
  readonly query: readonly Condition[]
  /** A condition that is code. */
  readonly when?: WhenCondition | undefined
}

export interface RouteEntry<T> {
  readonly name: string
  readonly match: readonly RouteMatch[]
  /** Routes that this one wins over at equal rank. */
  readonly over: readonly string[]
  readonly value: T
  /** What `readTemplates` makes of `match`, where that has been asked for already; left out: the table reads them. */
  readonly templates?: RouteTemplates
}

const NONE: readonly string[] = []

/** Where `match` puts its answer. The caller keeps one; each match makes a new `params`, so an exchange may hold on to its own. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- `match` fills `route`; the rule does not see writes from outside.
export class RouteMatchResult<T> {
  route: T | undefined = undefined
  /** Raw canonical (encoded) text, in the order of the route's `RouteTemplates.params`. */
  params: readonly string[] = NONE
  /** After `method_not_allowed`: what `Allow` says. */
  allow: string[] = []
  /** After `condition_failed`: which route's, and why, for the log. */
  failed = ''
  /** Which of the route's match alternatives won, from 0. */
  alternative = 0
}

export type RouteOutcome = 'route' | 'no_route' | 'method_not_allowed' | 'condition_failed'

/**
 * Arranges routes. Problems (malformed templates and hosts, ambiguities, a wrong `over`) name the routes that they are about; a table with
 * problems leaves out what could not be read and is good for messages only. Near-linear in the number of routes.
 */
export function buildTable<T>(entries: readonly RouteEntry<T>[]): { table: RouteTable<T>; problems: readonly RouteProblem[] } {
  const precedence = new Precedence(entries)
  const problems: RouteProblem[] = []
  const trees = new HostMap<Tree<T>>()
  const leaves: Leaf<T>[] = []
  const makeLeaf = (): Leaf<T> => {
    const leaf = new Leaf<T>()
    leaves.push(leaf)
    return leaf
  }
  for (const entry of entries) {
    const report = (message: string): void => void problems.push({ routes: [entry.name], message })
    const { each, params, problems: unread } = entry.templates ?? readTemplates(entry.match)
    for (const message of unread) report(message)
    for (const [alternative, match] of entry.match.entries()) {
      const template = each[alternative]
      if (template === undefined) continue
      const candidate: Candidate<T> = {
        route: entry.name,
        value: entry.value,
        alternative,
        path: match.path,
        method: match.method,
        guard: match.headers.length + match.query.length > 0 ? new Guard(match.headers, match.query) : undefined,
        when: match.when,
        captures: params.map((name) => template.names.indexOf(name)),
      }
      for (const host of match.hosts.length > 0 ? new Set(match.hosts) : [undefined]) {
        const problem = hostProblem(host)
        if (problem === undefined)
          trees
            .at(host, () => new Tree<T>())
            .leafOf(template, makeLeaf)
            .add(candidate)
        else report(problem)
      }
    }
  }
  for (const leaf of leaves) {
    precedence.check(leaf)
    leaf.sort((route) => precedence.rank(route))
  }
  return { table: new RouteTable(trees), problems: [...problems, ...precedence.problems] }
}

/** Made by `buildTable`; frozen in meaning: matching changes nothing that another match can see. */
export class RouteTable<T> implements LeafVisitor<T>, WhenJudge {
  readonly #trees: HostMap<Tree<T>>
  // The search at hand. Matching is synchronous, so one set is enough.
  readonly #spans: number[] = []
  readonly #missed: Leaf<T>[] = []
  #request: RouteQuery | undefined = undefined
  #found: Candidate<T> | undefined = undefined
  #client: { readonly address: string } | undefined = undefined
  #failed = ''

  constructor(trees: HostMap<Tree<T>>) {
    this.#trees = trees
  }

  /** `client`: who sent it, for conditions that are code. */
  match(request: RouteQuery, result: RouteMatchResult<T>, client?: { readonly address: string }): RouteOutcome {
    this.#request = request
    this.#client = client
    this.#found = undefined
    // Setting a length, even to itself, is slow.
    if (this.#missed.length > 0) this.#missed.length = 0
    this.#trees.some(hostOf(request.authority), this.#inTree)
    const outcome = this.#failed === '' ? this.#answer(request, result) : this.#undecided(result)
    this.#request = undefined
    this.#client = undefined
    return outcome
  }

  /** Called by the search; not for others. */
  holds(when: WhenCondition): boolean | undefined {
    const decided = decideWhen(when, this.#request as RouteQuery, this.#client?.address ?? '')
    if ('holds' in decided) return decided.holds
    this.#failed = decided.failed
    return undefined
  }

  /** Called by the search; not for others. */
  visit(leaf: Leaf<T>): boolean {
    const request = this.#request as RouteQuery
    this.#found = leaf.pick(request, this)
    if (this.#found !== undefined) return true
    this.#missed.push(leaf)
    return false
  }

  readonly #inTree = (tree: Tree<T>): boolean => tree.search((this.#request as RouteQuery).path, this, this.#spans)

  #params(path: string, captures: readonly number[]): readonly string[] {
    if (captures.length === 0) return NONE
    // The usual one parameter costs no growing.
    if (captures.length === 1) return [this.#param(path, captures[0] as number)]
    const params: string[] = []
    for (const capture of captures) params.push(this.#param(path, capture))
    return params
  }

  #param(path: string, capture: number): string {
    return path.slice(this.#spans[2 * capture], this.#spans[2 * capture + 1])
  }

  #undecided(result: RouteMatchResult<T>): RouteOutcome {
    result.failed = `route ${this.#found?.route ?? ''}: ${this.#failed}`
    this.#failed = ''
    result.route = undefined
    result.params = NONE
    result.allow = []
    return 'condition_failed'
  }

  #answer(request: RouteQuery, result: RouteMatchResult<T>): RouteOutcome {
    const found = this.#found
    if (found !== undefined) {
      result.route = found.value
      result.alternative = found.alternative
      result.params = this.#params(request.path, found.captures)
      return 'route'
    }
    result.params = NONE
    result.route = undefined
    const allowed = new Set<string>()
    for (const leaf of this.#missed) leaf.addAllowed(allowed, request, this)
    result.allow = METHODS.filter((method) => allowed.has(method))
    // What could not be decided there allows nothing, and that is all.
    this.#failed = ''
    return allowed.size > 0 ? 'method_not_allowed' : 'no_route'
  }
}
