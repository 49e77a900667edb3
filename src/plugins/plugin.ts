// What a module may give the gateway, told apart by what it says of itself.
import type { Policy } from '../pipeline/policy.ts'

/** Everything that `plugins` of a configuration may name. */
export type PluginKind = 'policy'

/** What a default export is, or the sentence that says why it is nothing that the gateway takes. */
export function pluginOf(value: unknown): { readonly kind: 'policy'; readonly policy: Policy } | { readonly message: string } {
  if (value === undefined) return { message: 'has no default export; write `export default definePolicy({ … })`' }
  if (typeof value !== 'object' || value === null || !('plugin' in value))
    return { message: 'exports something else than a plugin by default; write `export default definePolicy({ … })`' }
  if (value.plugin === 'policy') return { kind: 'policy', policy: value as unknown as Policy }
  return { message: `exports a plugin of a kind that this version does not know: \`${String(value.plugin)}\`` }
}
