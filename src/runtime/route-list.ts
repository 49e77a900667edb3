// The routes of a plan as a list for people and programs: the most specific first, each with where it goes and who may ask for it.
import type { HandlerPlan, MatchPlan, Plan, PolicyPlan, RoutePlan } from '../config/plan.ts'
import { writtenConditions } from '../route/explain.ts'
import { compareMatches } from '../route/specificity.ts'

/** Alternatives of one route that differ in their methods alone are one row. */
export interface RouteRow {
  readonly route: string
  /** Empty for every method that is let in. */
  readonly methods: readonly string[]
  /** Empty for any. */
  readonly hosts: readonly string[]
  readonly path: string
  /** `header x-beta: 1`, `query v`. */
  readonly conditions: readonly string[]
  /** `catalog`, `catalog 95%, canary 5%`, `redirect 308 /new`, `reply 200`. */
  readonly target: string
  readonly policies: readonly string[]
  /** Why a caller whom nobody knows is answered; undefined when none is. */
  readonly public: string | undefined
}

export function listRoutes({ routes }: Plan): RouteRow[] {
  const rows = routes.flatMap((route) =>
    [...Map.groupBy(route.match, ({ hosts, path, headers, query }) => JSON.stringify([hosts, path, headers, query])).values()].map(
      (alternatives) => ({ match: alternatives[0] as MatchPlan, row: rowOf(route, alternatives) }),
    ),
  )
  return rows.toSorted((a, b) => compareMatches(a.match, b.match) || (a.row.route < b.row.route ? -1 : 1)).map(({ row }) => row)
}

function rowOf({ name, handler, policies }: RoutePlan, alternatives: readonly MatchPlan[]): RouteRow {
  const match = alternatives[0] as MatchPlan
  return {
    route: name,
    methods: alternatives.flatMap(({ method }) => method ?? []),
    hosts: match.hosts,
    path: match.path,
    conditions: writtenConditions(match),
    target: targetOf(handler),
    policies: policies.map(({ kind }) => kind),
    public: publicReason(policies),
  }
}

function targetOf(handler: HandlerPlan): string {
  switch (handler.kind) {
    case 'reply':
      return `reply ${handler.status}`
    case 'redirect':
      return `redirect ${handler.status} ${handler.to}`
    case 'forward': {
      const { split } = handler
      const total = split.reduce((sum, { weight }) => sum + weight, 0)
      if (split.length === 1) return split[0]?.service ?? ''
      return split.map(({ service, weight }) => `${service} ${Math.round((weight / total) * 1_000) / 10}%`).join(', ')
    }
    default:
      return handler satisfies never
  }
}

function publicReason(policies: readonly PolicyPlan[]): string | undefined {
  const asks = policies.find(({ kind }) => kind === 'authenticate')
  if (asks === undefined) return 'no policy of it asks who is calling'
  return (asks.options as { readonly optional?: unknown } | undefined)?.optional === true
    ? `its \`authenticate\` (${asks.origin}) is optional`
    : undefined
}
