// Lists of policies: sets spread out, what is inherited resolved, problems told at the item that they are about.
import type { PolicyRegistry } from '../../pipeline/registry.ts'
import { resolvePolicies, type ListedPolicy } from '../../pipeline/resolve.ts'
import { placeAt, type Node, type Place } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import { remedy } from '../load/suggest.ts'
import type { PolicyPlan } from '../plan.ts'
import type { PolicyItem } from '../schema/policies.ts'
import type { Draft } from './draft.ts'

type Items = readonly (PolicyItem | undefined)[]

export interface Level {
  readonly items: Items
  readonly without?: readonly string[]
  readonly public?: boolean
  /** `defaults`, `routes.product`: the origin of what it states, and the start of paths in messages. */
  readonly origin: string
}

export class PolicyLists {
  readonly #draft: Draft
  readonly #registry: PolicyRegistry
  readonly #problems: Problems
  readonly #sets = new Map<string, readonly ListedPolicy[]>()
  readonly #inherited: readonly ListedPolicy[]
  /** What routes get that say nothing of policies: one list for all of them. */
  readonly #untouched: readonly PolicyPlan[]
  readonly usedSets = new Set<string>()

  constructor(draft: Draft, registry: PolicyRegistry, problems: Problems) {
    this.#draft = draft
    this.#registry = registry
    this.#problems = problems
    for (const { name, value } of draft.policySets) this.#sets.set(name, this.#setItems(name, value ?? []))
    this.#inherited = this.#resolve([], { items: draft.defaults?.policies ?? [], origin: 'defaults' })
    this.#untouched = this.#inherited.map(this.#plan)
  }

  /** The list of a route. */
  route(level: Level): readonly PolicyPlan[] {
    if (level.items.length === 0 && (level.without ?? []).length === 0 && level.public !== true) return this.#untouched
    return this.#resolve(this.#inherited, level).map(this.#plan)
  }

  /** The list of what matches nothing: its own, and the `cors` of the defaults, so that a browser may read a 404. */
  unmatched(items: Items): readonly PolicyPlan[] {
    const own = this.#resolve([], { items, origin: 'unmatched' })
    const cors = own.some(({ kind }) => kind === 'cors') ? undefined : this.#inherited.find(({ kind }) => kind === 'cors')
    return (cors === undefined ? own : [cors, ...own]).map(this.#plan)
  }

  // A bare policy gets what its schema makes of nothing: workers know no schemas.
  readonly #plan = ({ kind, options, origin }: ListedPolicy): PolicyPlan => ({
    kind,
    options: options ?? this.#registry.get(kind)?.schema.parse({}),
    origin,
  })

  #resolve(inherited: readonly ListedPolicy[], level: Level): readonly ListedPolicy[] {
    const own = level.items.flatMap((item) => (item === undefined ? [] : this.#spread(item, level.origin)))
    const { list, problems } = resolvePolicies({
      inherited,
      own,
      without: level.without ?? [],
      public: level.public ?? false,
      registry: this.#registry,
      path: level.origin,
    })
    for (const { path, message } of problems) this.#problems.error(this.#place(path), path, message)
    return list
  }

  #setItems(name: string, items: Items): ListedPolicy[] {
    return items.flatMap((item): ListedPolicy[] => {
      if (item === undefined) return []
      if ('set' in item) {
        this.#problems.error(this.#place(item.path), item.path, 'a set holds policies, not sets')
        return []
      }
      return [{ ...item, origin: `policySets.${name}`, set: name }]
    })
  }

  #spread(item: PolicyItem, origin: string): readonly ListedPolicy[] {
    if (!('set' in item)) return [{ ...item, origin }]
    this.usedSets.add(item.set)
    const set = this.#sets.get(item.set)
    if (set !== undefined) return set
    this.#problems.error(
      this.#place(item.path),
      item.path,
      `there is no policy set \`${item.set}\`${remedy(item.set, [...this.#sets.keys()], 'sets are')}`,
    )
    return []
  }

  /** Where a path of ours points; names with dots in them end the search early, at the map that holds them. */
  #place(path: string): Place {
    return placeByPath(this.#draft.root, path)
  }
}

/** The node that `routes.a.policies.0` names. A name may itself hold dots, so that the longest key that fits is taken at each step. */
export function placeByPath(root: Node, path: string): Place {
  const steps = path.split('.')
  let node: Node = root
  for (let i = 0; i < steps.length;) {
    let used = 0
    if (node.kind === 'map') {
      for (let n = steps.length - i; n > 0 && used === 0; n--) if (node.entries.has(steps.slice(i, i + n).join('.'))) used = n
    } else used = 1
    const next = used === 0 ? undefined : placeAt(node, [steps.slice(i, i + used).join('.')])
    if (next === undefined || next === node) return node
    node = next as Node
    i += used
  }
  return node
}
