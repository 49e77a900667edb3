// Step 3: which route a request is for, and whether its path may hold what it holds.
import { getField } from '../http/fields.ts'
import { PathOddity } from '../http/uri.ts'
import { RouteMatchResult } from '../route/table.ts'
import type { FaultCode } from '../base/fault.ts'
import type { ServedExchange } from './exchange.ts'
import type { ServedRoute } from './snapshot.ts'

// Matching is synchronous, so one result a thread is enough; `params` is made anew by each match.
const result = new RouteMatchResult<ServedRoute>()
const query = { authority: '', method: '', path: '', query: '', fields: [] as readonly string[] }

/** Sets the exchange's route, pipeline and parameters, or returns the fault that stands for their absence. */
export function findRoute(exchange: ServedExchange): FaultCode | undefined {
  const { head, snapshot, plane } = exchange
  query.authority = head.authority
  query.method = head.method
  query.path = head.path
  query.query = head.query
  query.fields = head.fields
  // A preflight is matched by the method that it asks for (config.md, Matching).
  const preflight = head.method === 'OPTIONS' ? getField(head.fields, 'access-control-request-method') : undefined
  if (preflight !== undefined && getField(head.fields, 'origin') !== undefined) query.method = preflight
  let outcome = snapshot.table.match(query, result)
  if (query.method !== head.method && (outcome !== 'route' || result.route?.pipeline.onPreflight === undefined)) {
    query.method = head.method
    outcome = snapshot.table.match(query, result)
  }
  if (outcome !== 'route') {
    exchange.allow = result.allow
    return outcome
  }
  const route = result.route as ServedRoute
  exchange.route = route
  exchange.pipeline = route.pipeline
  exchange.params = result.params
  if ((head.oddities & ~route.allowedOddities & ~PathOddity.emptySegments) !== 0) return 'encoded_delimiter'
  if (plane.isRefused(route.name)) return 'poisonous'
  return undefined
}
