// The kinds of policies that a configuration may name: the built-ins and the plugins, one value each.
import type { Policy } from './policy.ts'

export interface PolicyRegistry {
  get(kind: string): Policy | undefined
  /** In the order of registration. */
  kinds(): readonly string[]
}

/** Collects `policies` by name. @throws Error when two have the same name. */
export function createRegistry(policies: Iterable<Policy>): PolicyRegistry {
  const byKind = new Map<string, Policy>()
  for (const policy of policies) {
    // load: before any traffic; a registry with a hidden policy must not exist.
    if (byKind.has(policy.name)) throw new Error(`two policies have the name \`${policy.name}\``)
    byKind.set(policy.name, policy)
  }
  const kinds = Object.freeze([...byKind.keys()])
  return Object.freeze({ get: (kind: string) => byKind.get(kind), kinds: () => kinds })
}
