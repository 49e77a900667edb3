// Routes of a draft → routes of the plan, and the check that no two of them can claim the same request.
import { formatDuration } from '../../base/duration.ts'
import { buildTable, type RouteMatch } from '../../route/table.ts'
import { join, placeAt, position, type Node } from '../load/node.ts'
import type { Plugins } from '../load/plugins.ts'
import type { Problems } from '../load/problems.ts'
import { remedy } from '../load/suggest.ts'
import type { CodePlan, HandlerPlan, MatchPlan, RoutePlan } from '../plan.ts'
import type { RouteInput, RouteParts } from '../schema/routes.ts'
import type { Draft, Named } from './draft.ts'
import { compileHandler } from './handler.ts'
import { compileMatch } from './match.ts'
import type { PolicyLists } from './policies.ts'

export interface CompiledRoutes {
  readonly routes: RoutePlan[]
  /** Parameters that each route's every alternative binds, by the route's name. */
  readonly params: ReadonlyMap<string, readonly string[]>
  /** Services that some route refers to. */
  readonly used: ReadonlySet<string>
}

// What most routes say nothing of. One object for all of them is written once into what crosses to the workers, and made once in each.
const NONE: readonly never[] = []
const NO_TIMEOUTS: RoutePlan['timeouts'] = {}
const NO_LIMITS: RoutePlan['limits'] = { body: undefined }
const PLAIN_PATH: RoutePlan['path'] = { encoded: NONE, emptySegments: 'merge' }

export function compileRoutes(draft: Draft, lists: PolicyLists, codeAt: Plugins['codeAt'], problems: Problems): CompiledRoutes {
  const used = new Set<string>()
  const services = new Set(draft.services.map(({ name }) => name))
  const names = new Set(draft.routes.map(({ name }) => name))
  const routes: RoutePlan[] = []
  const claims: Claim[] = []
  const params = new Map<string, readonly string[]>()
  const known = { services, used, names, params, codeAt, forwards: new Map<string, HandlerPlan>() }
  for (const route of draft.routes) {
    if (route.value === undefined) continue
    const { claim, plan } = compileRoute(route as Readable, known, lists, problems)
    if (claim !== undefined) claims.push(claim)
    if (plan !== undefined) routes.push(plan)
  }
  checkTable(draft, claims, problems)
  return { routes, params, used }
}

type Readable = Named<RouteParts> & { readonly value: RouteParts }

/** Which requests a route takes, also when the rest of it cannot be read. */
type Claim = Pick<RoutePlan, 'name' | 'match' | 'over'>

interface Known {
  readonly services: ReadonlySet<string>
  readonly used: Set<string>
  readonly names: ReadonlySet<string>
  readonly params: Map<string, readonly string[]>
  readonly forwards: Map<string, HandlerPlan>
  readonly codeAt: Plugins['codeAt']
}

function compileRoute(
  { name, value, node, place, bad }: Readable,
  known: Known,
  lists: PolicyLists,
  problems: Problems,
): { readonly claim: Claim | undefined; readonly plan: RoutePlan | undefined } {
  const path = join('routes', name)
  const at = join(path, 'match')
  // Of half a match it is known that what is left is well or not, and nothing about what it takes and binds.
  const isWhole = !bad.some((each) => `${each}.`.startsWith(`${at}.`))
  const codeAt = (steps: readonly string[]): CodePlan | undefined => known.codeAt(['routes', name, 'match', ...steps])
  const judged =
    value.match === undefined || (!isWhole && isEmpty(value.match))
      ? undefined
      : compileMatch(value.match, placeAt(node, ['match']) as Node, at, problems, codeAt)
  const matching = isWhole ? judged : undefined
  if (matching !== undefined) known.params.set(name, matching.params)
  const handler = compileHandler(value, {
    path,
    node,
    place,
    params: matching?.params,
    problems,
    services: known.services,
    used: known.used,
    forwards: known.forwards,
    isWhole: bad.length === 0,
  })
  const over = value.over === undefined ? NONE : Array.isArray(value.over) ? value.over : [value.over]
  over.forEach((other, i) => {
    const stands = placeAt(node, Array.isArray(value.over) ? ['over', i] : ['over'])
    if (other === name) problems.error(stands, join(path, 'over'), 'a route cannot be over itself')
    else if (!known.names.has(other))
      problems.error(stands, join(path, 'over'), `there is no route \`${other}\`${remedy(other, [...known.names], 'routes are')}`)
  })
  const policies = lists.route({ items: value.policies ?? [], without: value.without ?? [], public: value.public ?? false, origin: path })
  if (matching === undefined) return { claim: undefined, plan: undefined }
  const claim = { name, match: matching.match, over }
  if (handler === undefined) return { claim, plan: undefined }
  const plan = {
    ...claim,
    rewrite: value.rewrite,
    policies,
    handler,
    limits: value.limits?.body === undefined ? NO_LIMITS : { body: value.limits.body },
    timeouts: value.timeouts === undefined ? NO_TIMEOUTS : stated(value.timeouts),
    path:
      value.path === undefined
        ? PLAIN_PATH
        : { encoded: [...new Set(value.path.encoded)], emptySegments: value.path.emptySegments ?? 'merge' },
    trailers: value.trailers ?? false,
    websocket: value.websocket === undefined ? undefined : tunnelRules(value.websocket, node, path, problems),
  }
  return { claim, plan }
}

const isEmpty = (match: RouteInput['match']): boolean =>
  typeof match === 'object' && !Array.isArray(match) && Object.values(match).every((value) => value === undefined)

function tunnelRules(
  { origins, idle = 0, lifetime = 0 }: NonNullable<RouteInput['websocket']>,
  node: Node,
  path: string,
  problems: Problems,
): RoutePlan['websocket'] {
  if (lifetime > 0 && idle >= lifetime)
    problems.warning(
      placeAt(node, ['websocket', 'idle']),
      join(path, 'websocket.idle'),
      `never reached: \`lifetime\` ends every tunnel after ${formatDuration(lifetime)}`,
    )
  return { origins: [...new Set(origins ?? [])], idle, lifetime }
}

/** Only what was said: an absent timeout is the service's or the listener's. */
function stated(timeouts: NonNullable<RouteInput['timeouts']>): RoutePlan['timeouts'] {
  return Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value !== undefined))
}

/** Ambiguity is judged without deciding: a condition that is code may hold for any request. */
const undecided = ({ when, ...match }: MatchPlan): RouteMatch => ({ ...match, when: when === undefined ? undefined : () => true })

function checkTable(draft: Draft, routes: readonly Claim[], problems: Problems): void {
  const known = new Set(routes.map(({ name }) => name))
  // What `over` says of unknown routes was told above, with a suggestion.
  const entries = routes.map((route) => ({
    ...route,
    match: route.match.map(undecided),
    over: route.over.filter((other) => other !== route.name && known.has(other)),
    value: route.name,
  }))
  const byName = new Map(draft.routes.map((route) => [route.name, route]))
  for (const { routes: about, message } of buildTable(entries).problems) {
    const last = byName.get(about.at(-1) as string)
    if (last === undefined) continue
    const others = about.slice(0, -1).map((name) => {
      const at = placeAt((byName.get(name) as Named<RouteParts>).node, ['match'])
      const { line, column } = position(at)
      return `\`${name}\` is at ${at.source.file}:${line}:${column}`
    })
    problems.error(placeAt(last.node, ['match']), `routes.${last.name}.match`, [message, ...others].join('; '))
  }
}
