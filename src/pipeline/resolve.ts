// What a route's list of policies is: what it inherits, minus what it goes `without`, with what it restates in place and what it adds.
// The rules are those of docs on configuration, "Policies"; every problem is found at load, all at once.
import { orderViolations, rightOrder } from './order.ts'
import type { PolicyRegistry } from './registry.ts'
import { suggestion } from './suggest.ts'

/** One policy of a list, wherever it was written. */
export interface ListedPolicy {
  readonly kind: string
  /** undefined when the kind stood bare. */
  readonly options: unknown
  /** Where it came from: `defaults`, `policySets.edge`, `routes.product`. */
  readonly origin: string
  /** Where it is written, for messages: `routes.product.policies.0.authorize`. */
  readonly path: string
  /** The set that brought it, when one did: `edge`. */
  readonly set?: string
}

export interface ResolveInput {
  /** The resolved list of the level above (`defaults`, then the frontend). */
  readonly inherited: readonly ListedPolicy[]
  /** The level's own list, its sets already spread out. */
  readonly own: readonly ListedPolicy[]
  /** Names of kinds or sets that are not inherited after all. */
  readonly without: readonly string[]
  /** Takes inherited security kinds away; the level's own stay. */
  readonly public: boolean
  readonly registry: PolicyRegistry
  /** Where the level is written, for messages about `without`: `routes.product`. */
  readonly path?: string
}

export interface Problem {
  readonly path: string
  readonly message: string
  /** What was thrown, where that is what is wrong. */
  readonly cause?: unknown
}

export interface Resolved {
  readonly list: ListedPolicy[]
  readonly problems: Problem[]
}

/** Resolves one level's list. What is wrong with `inherited` alone was a problem of the level that wrote it and is not told again. */
export function resolvePolicies(input: ResolveInput): Resolved {
  const problems: Problem[] = []
  const known = input.own.filter((entry) => isUsable(entry, input.registry, problems))
  const list = addOwn(inheritedOf(input, problems), known, input.registry, problems)
  checkOrder(list, new Set(known), input.registry, problems)
  return { list, problems }
}

/** An unknown kind, or a bare one that cannot stand bare, is a problem and no part of the list. */
function isUsable({ kind, options, path }: ListedPolicy, registry: PolicyRegistry, problems: Problem[]): boolean {
  const policy = registry.get(kind)
  if (policy === undefined) {
    problems.push({ path, message: `there is no policy \`${kind}\`${suggestion(kind, registry.kinds())}` })
    return false
  }
  // A body that was commented out must not open a door: `authorize:` with nothing behind it is null, never a default.
  if (options === null || (options === undefined && !policy.bare)) {
    const remedy = policy.bare ? `write \`${kind}\` without a colon to use it as it is` : 'say its options, or remove it'
    problems.push({ path, message: `\`${kind}\` has no options: ${remedy}` })
    return false
  }
  return true
}

/** What is left of the inherited list after `public` and `without`. */
function inheritedOf({ inherited, without, public: open, registry, path = '' }: ResolveInput, problems: Problem[]): ListedPolicy[] {
  const isSecurity = (entry: ListedPolicy): boolean => registry.get(entry.kind)?.security ?? false
  let list = open ? inherited.filter((entry) => !isSecurity(entry)) : [...inherited]
  for (const [index, name] of without.entries()) {
    const at = path === '' ? `without.${index}` : `${path}.without.${index}`
    const matches = (entry: ListedPolicy): boolean => entry.kind === name || entry.set === name
    if (!inherited.some(matches)) {
      const names = new Set(inherited.flatMap(({ kind, set }) => (set === undefined ? [kind] : [kind, set])))
      const inherits = names.size === 0 ? 'nothing is inherited here' : `inherited are ${[...names].join(', ')}`
      problems.push({ path: at, message: `\`${name}\` is not inherited${suggestion(name, names) || `: ${inherits}`}` })
      continue
    }
    const guard = list.find((entry) => matches(entry) && isSecurity(entry))
    if (guard !== undefined) {
      const brings = guard.kind === name ? `\`${name}\`` : `\`${name}\` brings \`${guard.kind}\`, which`
      problems.push({ path: at, message: `${brings} can only be taken away by \`public: true\`` })
      continue
    }
    list = list.filter((entry) => !matches(entry))
  }
  return list
}

/** Restates in place, adds at the end; a kind that two entries of one list state is a problem. */
function addOwn(inherited: ListedPolicy[], own: readonly ListedPolicy[], registry: PolicyRegistry, problems: Problem[]): ListedPolicy[] {
  const list = [...inherited]
  const stated = new Map<string, ListedPolicy>()
  for (const entry of own) {
    if (registry.get(entry.kind)?.adds === true) {
      list.push(entry)
      continue
    }
    const before = stated.get(entry.kind)
    // What a list writes itself restates what a set of the same list brought, and only that way round.
    if (before !== undefined && (before.set === undefined || entry.set !== undefined)) {
      problems.push({ path: entry.path, message: `\`${entry.kind}\` is stated twice in this list: first at ${before.path}` })
      continue
    }
    stated.set(entry.kind, entry)
    const place = list.findIndex(({ kind }) => kind === entry.kind)
    if (place === -1) list.push(entry)
    else list[place] = entry
  }
  return list
}

/** Reports each pair that stands the wrong way round and that this level has a hand in. */
function checkOrder(list: readonly ListedPolicy[], own: ReadonlySet<ListedPolicy>, registry: PolicyRegistry, problems: Problem[]): void {
  const kinds = list.map(({ kind }) => kind)
  for (const { upper, lower } of orderViolations(kinds, registry)) {
    const first = list[upper] as ListedPolicy
    const second = list[lower] as ListedPolicy
    const culprit = own.has(first) ? first : second
    if (!own.has(culprit)) continue
    const right = rightOrder(kinds, registry)
    const remedy =
      right === undefined
        ? 'the rules of these policies contradict each other'
        : `the right list is ${right.map((position) => spelled(list[position] as ListedPolicy, own)).join(', ')}`
    problems.push({ path: culprit.path, message: `\`${first.kind}\` must stand above \`${second.kind}\`; ${remedy}` })
  }
}

/** A kind as the right list names it, with its origin where it is written elsewhere and so must be moved there. */
function spelled(entry: ListedPolicy, own: ReadonlySet<ListedPolicy>): string {
  return own.has(entry) ? entry.kind : `${entry.kind} (${entry.origin})`
}
