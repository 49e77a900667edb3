// Creates every policy of a plan once and throws it away: what a `create` refuses (a template that names no parameter of the route) is
// told by `check`, and not first by the workers.
import { compileAll } from '../../pipeline/compile-all.ts'
import { withPlace } from '../../plugins/code.ts'
import type { PolicyRegistry } from '../../pipeline/registry.ts'
import type { MapNode } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import type { PolicyPlan, RoutePlan } from '../plan.ts'
import { placeByPath } from './policies.ts'

export interface Rehearsal {
  readonly root: MapNode
  readonly routes: readonly RoutePlan[]
  /** Parameters that each route binds, by name. */
  readonly params: ReadonlyMap<string, readonly string[]>
  readonly unmatched: readonly PolicyPlan[]
}

export function rehearse({ root, routes, params, unmatched }: Rehearsal, registry: PolicyRegistry, problems: Problems): void {
  const lists = routes.map(({ name, policies }) => ({ route: name, params: params.get(name) ?? [], policies }))
  const env = { registry, now: () => 0, report: () => undefined }
  const compiled = compileAll([...lists, { route: '', params: [], policies: unmatched }], env)
  if (compiled.ok) return
  for (const { path, message, cause } of compiled.problems) problems.foreign(placeByPath(root, path), path, withPlace(message, cause))
}
