// What the `pretty` access log adds to a failure, for whoever is writing the configuration at this moment: the routes that were probably
// meant, the methods that would do. Log only: an answer never tells of other routes.
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../config/plan.ts'
import type { CallView } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import { createRouteExplainer } from '../route/explain.ts'
import { createNearest } from '../route/nearest.ts'

/** Looks through all routes in a second: a flood of 404s must not become one of looks, and who tries a few gets a hint for each. */
const LOOKS = 20
const SECOND = 1_000

/** Conditions in code are left out: they run where a request is matched, and nowhere else. */
function toolsFor(routes: Plan['routes']) {
  const told = routes.map(({ name, over, match }) => ({ name, over, match: match.map((one) => ({ ...one, when: undefined })) }))
  return { nearest: createNearest(told), explain: createRouteExplainer(told) }
}

/** A hint for each failure, '' for none. The routes are read when the first one is needed. */
export function createHints({ routes }: Plan, clock: Pick<Clock, 'now'>): (call: CallView, outcome: Outcome) => string {
  let since = Number.NEGATIVE_INFINITY
  let looks = 0
  let tools: ReturnType<typeof toolsFor> | undefined
  const look = ({ request: { host: authority, method, path, query, head } }: CallView, fault: string): string => {
    if (clock.now() - since >= SECOND) {
      since = clock.now()
      looks = 0
    }
    if (looks++ >= LOOKS) return '`tidegate explain` says why'
    tools ??= toolsFor(routes)
    if (fault === 'method_not_allowed') {
      const { allow } = tools.explain({ authority, method, path, query, fields: head.fields })
      return allow.length === 0 ? '' : `it answers ${allow.join(', ')}`
    }
    const near = tools.nearest({ authority, path })
    return near.length === 0 ? '' : `near: ${near.map(({ route, match, why }) => `${route} ${match}, ${why}`).join('; ')}`
  }
  return (call, { fault, service }) => {
    switch (fault) {
      case 'no_route':
      case 'method_not_allowed':
        return look(call, fault)
      case 'upstream_refused':
        return `nothing listens there; is ${service} running?`
      case 'upstream_unresolved':
        return `is the host of ${service} spelt right?`
      default:
        return ''
    }
  }
}
