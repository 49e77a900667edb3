// Why a request takes the route that it takes: the table's slow, obvious twin. Every alternative of every route is held against the request
// and told apart by the rules of config.md, **Matching**, written down as one comparison. It never asks the table; tests hold both together.
import { METHODS, isMethod } from '../http/method.ts'
import { hostOf } from '../http/uri.ts'
import { missingHeader, missingQuery, shownValue } from './explained-conditions.ts'
import { matchPath, readPath, type ReadPath } from './explained-path.ts'
import type { RouteQuery } from './query.ts'
import type { RouteMatch, RouteOutcome } from './table.ts'
import { readTemplates } from './templates.ts'
import { decideWhen } from './when.ts'

/** What is read of a route; a route of the plan is one. */
export interface ExplainableRoute {
  readonly name: string
  readonly match: readonly RouteMatch[]
  readonly over: readonly string[]
}

/** What decided on an alternative: the first thing of the request that it does not fit, or the rule by which another one came before it. */
export type Reason = 'wins' | 'host' | 'path' | 'method' | 'header' | 'query' | 'when' | 'specificity' | 'over' | 'order'

/** One match alternative of one route, and what became of it. */
export interface Candidate {
  readonly route: string
  /** Which of the route's alternatives, from 0. */
  readonly alternative: number
  /** The alternative in one line: `GET /a/{id} at a.test with header x-beta: 1`. */
  readonly match: string
  readonly reason: Reason
  /** One sentence's worth, without a capital and a full stop. */
  readonly why: string
  /** How near it came: the larger, the nearer. For sorting alone. */
  readonly closeness: number
}

export interface RouteExplanation {
  readonly outcome: RouteOutcome
  /** The winner's route, '' for none. */
  readonly route: string
  readonly alternative: number
  /** The parameters that every alternative of the route binds, encoded as they were matched. */
  readonly params: Readonly<Record<string, string>>
  /** After `method_not_allowed`: what Allow says. */
  readonly allow: readonly string[]
  /** Every alternative: the winner first, then the others by closeness. */
  readonly candidates: readonly Candidate[]
}

interface Alternative {
  readonly route: ExplainableRoute
  readonly at: number
  readonly match: RouteMatch
  readonly path: ReadPath | undefined
  readonly params: readonly string[]
  readonly written: string
}

/** An alternative that fits the request, and what it is compared by. */
interface Way {
  readonly of: Alternative
  readonly host: number
  readonly path: readonly number[]
  readonly method: number
  /** Its `when` could not be decided: the search ends there. */
  readonly failed: string | undefined
  readonly bound: ReadonlyMap<string, string>
}

/** Reads the routes once; what comes back explains one canonical request after the other. Costs one look at each alternative a request. */
export function createRouteExplainer(routes: readonly ExplainableRoute[]): (request: RouteQuery, ip?: string) => RouteExplanation {
  const alternatives = routes.flatMap((route) => {
    const { each, params } = readTemplates(route.match)
    return route.match.map((match, at): Alternative => {
      const template = each[at]
      const path = template === undefined ? undefined : readPath(template)
      return { route, at, match, path, params, written: writtenMatch(match) }
    })
  })
  return (request, ip = '') => explain(alternatives, request, ip)
}

function explain(alternatives: readonly Alternative[], request: RouteQuery, ip: string): RouteExplanation {
  const host = hostOf(request.authority)
  const lost: Candidate[] = []
  const fitting: Way[] = []
  const allowed = new Set<string>()
  for (const of of alternatives) {
    const judged = judge(of, host, request, ip)
    if ('reason' in judged) lost.push(judged)
    else {
      if (judged.failed === undefined) for (const method of METHODS) if (answers(of.match.method, method)) allowed.add(method)
      if (answers(of.match.method, request.method)) fitting.push(judged)
      else lost.push(candidate(of, 'method', `it answers ${of.match.method ?? 'the methods that are let in'}, not ${request.method}`, 900))
    }
  }
  const [first, ...others] = fitting
  if (first === undefined) {
    const allow = METHODS.filter((method) => allowed.has(method))
    const candidates = lost.toSorted((a, b) => b.closeness - a.closeness)
    return { outcome: allow.length > 0 ? 'method_not_allowed' : 'no_route', route: '', alternative: 0, params: {}, allow, candidates }
  }
  const best = others.reduce((champion, way) => (decide(way, champion).before ? way : champion), first)
  for (const way of fitting) {
    if (way === best) continue
    const { reason, why } = decide(best, way)
    lost.push(candidate(way.of, reason, why, 1_000))
  }
  const { of, bound, failed } = best
  if (failed !== undefined) {
    const candidates = [candidate(of, 'when', failed, 10_000), ...lost.toSorted((a, b) => b.closeness - a.closeness)]
    return { outcome: 'condition_failed', route: '', alternative: 0, params: {}, allow: [], candidates }
  }
  return {
    outcome: 'route',
    route: of.route.name,
    alternative: of.at,
    params: Object.fromEntries(of.params.map((name) => [name, bound.get(name) as string])),
    allow: [],
    candidates: [
      candidate(of, 'wins', fitting.length === 1 ? 'the only one that fits' : 'the most specific one', 10_000),
      ...lost.toSorted((a, b) => b.closeness - a.closeness),
    ],
  }
}

const candidate = ({ route, at, written }: Alternative, reason: Reason, why: string, closeness: number): Candidate => ({
  route: route.name,
  alternative: at,
  match: written,
  reason,
  why,
  closeness,
})

/** Why the alternative does not fit, or what it is compared by; its method is looked at afterwards. */
function judge(of: Alternative, host: string, request: RouteQuery, ip: string): Candidate | Way {
  const { match } = of
  const atHost = hostRank(match.hosts, host)
  const path = of.path === undefined ? undefined : matchPath(of.path, request.path)
  if (path === undefined) return candidate(of, 'path', 'its template cannot be read', 0)
  if (!path.fits) return candidate(of, 'path', path.why, (atHost === undefined ? 0 : 300) + Math.min(path.common, 99) - path.missing)
  if (atHost === undefined) return candidate(of, 'host', `it is for ${match.hosts.join(', ')}, not ${host === '' ? 'no host' : host}`, 500)
  const header = missingHeader(match.headers, request.fields)
  if (header !== undefined) return candidate(of, 'header', header, 800)
  const query = missingQuery(match.query, request.query)
  if (query !== undefined) return candidate(of, 'query', query, 800)
  const decided = match.when === undefined ? { holds: true } : decideWhen(match.when, request, ip)
  if ('holds' in decided && !decided.holds) return candidate(of, 'when', 'its `when` does not hold', 850)
  const failed = 'failed' in decided ? decided.failed : undefined
  const method = match.method === undefined ? 0 : match.method === request.method ? 2 : 1
  return { of, host: atHost, path: path.rank, method, failed, bound: path.bound }
}

const answers = (declared: string | undefined, method: string): boolean =>
  declared === undefined ? isMethod(method) : declared === method || (declared === 'GET' && method === 'HEAD')

/** How specific the most specific of `hosts` is that covers `host`; undefined when none does. */
function hostRank(hosts: readonly string[], host: string): number | undefined {
  if (hosts.length === 0) return 0
  let best: number | undefined
  for (const wanted of hosts) {
    const rank = wanted === host ? Infinity : wanted.startsWith('*.') && host.endsWith(wanted.slice(1)) ? wanted.length : undefined
    if (rank !== undefined && (best === undefined || rank > best)) best = rank
  }
  return best
}

const conditionsOf = ({ match }: Alternative): number => match.headers.length + match.query.length + (match.when === undefined ? 0 : 1)

/** Does `a` come before `b`, of two that both fit, and by which rule? */
function decide(a: Way, b: Way): { readonly before: boolean; readonly reason: Reason; readonly why: string } {
  const than = `than \`${a.of.route.name}\``
  const rule = (left: number, right: number, why: string): ReturnType<typeof decide> => ({
    before: left > right,
    reason: 'specificity',
    why,
  })
  if (a.host !== b.host)
    return rule(a.host, b.host, `its host is less specific ${than}: exact names come before wildcards, and those before any`)
  for (let i = 0; i < Math.max(a.path.length, b.path.length); i++) {
    const [left, right] = [a.path[i] ?? -1, b.path[i] ?? -1]
    if (left !== right)
      return rule(
        left,
        right,
        `segment ${i + 1} of its path is less specific ${than}: literal text comes before \`{param}\` before \`{rest...}\``,
      )
  }
  if (a.method !== b.method) return rule(a.method, b.method, `its method is less specific ${than}: one that is named comes before any`)
  const [mine, others] = [conditionsOf(a.of), conditionsOf(b.of)]
  if (mine !== others) return rule(mine, others, `it has fewer conditions ${than}: ${others} against ${mine}`)
  const [over, under] = [a.of.route.over.includes(b.of.route.name), b.of.route.over.includes(a.of.route.name)]
  if (over || under) return { before: over, reason: 'over', why: `\`${a.of.route.name}\` says that it is over it` }
  return { before: a.of.at < b.of.at, reason: 'order', why: 'it equals an earlier alternative of the same route' }
}

/** What a match wants of fields and query: `header x-beta: 1`, `query v`. */
export function writtenConditions({ headers, query, when }: WrittenMatch): string[] {
  const said = (what: string, list: RouteMatch['headers']): string[] =>
    list.map((one) => (one.value === '*' ? `${what} ${one.name}` : `${what} ${one.name}: ${shownValue(one)}`))
  return [...said('header', headers), ...said('query', query), ...(when === undefined ? [] : ['a condition in code'])]
}

/** A match to be told of: its condition that is code may be known by name only. */
export type WrittenMatch = Omit<RouteMatch, 'when'> & { readonly when?: unknown }

/** A match in one line, as one would say it. */
export function writtenMatch(match: WrittenMatch): string {
  const { method, path, hosts } = match
  const conditions = writtenConditions(match)
  return [
    method === undefined ? path : `${method} ${path}`,
    ...(hosts.length > 0 ? [`at ${hosts.join(', ')}`] : []),
    ...(conditions.length > 0 ? [`with ${conditions.join(' and ')}`] : []),
  ].join(' ')
}
