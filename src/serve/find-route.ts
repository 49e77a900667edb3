// Step 3: which route a request is for, and whether its path may hold what it holds.
import { FieldName, ORIGIN } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import { PathOddity } from '../http/uri.ts'
import { RouteMatchResult } from '../route/table.ts'
import type { RouteOutcome } from '../route/table.ts'
import type { FaultCode } from '../base/fault.ts'
import type { Http1Request } from '../http1/parse-head.ts'
import type { CallClient } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Plane } from './plane.ts'
import type { ServedRoute, Snapshot } from './snapshot.ts'

/** An exchange before its route is known. */
export interface Unrouted {
  readonly head: Http1Request
  readonly snapshot: Snapshot
  readonly plane: Plane
  readonly client: CallClient
  readonly outcome: Outcome
  route: ServedRoute | undefined
  pipeline: Pipeline | undefined
  params: readonly string[]
  /** What a 405 says in Allow. */
  allow: readonly string[]
}

/** The method that a preflight asks for. */
export const REQUEST_METHOD = new FieldName('access-control-request-method')

// Matching is synchronous, so one result a thread is enough; `params` is made anew by each match.
const result = new RouteMatchResult<ServedRoute>()
/** Sets the exchange's route, pipeline and parameters, or returns the fault that stands for their absence. */
export function findRoute(exchange: Unrouted): FaultCode | undefined {
  const { head, snapshot, plane } = exchange
  let outcome: RouteOutcome | undefined
  if (head.method === 'OPTIONS' && fieldOf(head, ORIGIN) !== undefined) {
    // A preflight is matched by the method that it asks for (config.md, Matching), if that route answers preflights.
    const method = fieldOf(head, REQUEST_METHOD)
    const { authority, path, query, fields } = head
    if (method !== undefined) outcome = snapshot.table.match({ authority, method, path, query, fields }, result, exchange.client)
    if (outcome !== 'route' || result.route?.pipeline.onPreflight === undefined) outcome = undefined
  }
  outcome ??= snapshot.table.match(head, result, exchange.client)
  if (outcome !== 'route') {
    exchange.allow = result.allow
    if (outcome === 'condition_failed') exchange.outcome.detail = result.failed
    return outcome
  }
  const route = result.route as ServedRoute
  // Not kept beyond this: it would keep its snapshot alive.
  result.route = undefined
  exchange.route = route
  exchange.pipeline = route.pipeline
  exchange.params = result.params
  if ((head.oddities & ~route.allowedOddities & ~PathOddity.emptySegments) !== 0) return 'encoded_delimiter'
  if (plane.isRefused(route.name)) return 'poisonous'
  return undefined
}
