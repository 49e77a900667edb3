// What a module may give the gateway, told apart by what it says of itself.
import type { Authenticator } from '../identity/authenticator.ts'
import type { Policy } from '../pipeline/policy.ts'
import type { Sink } from '../telemetry/sinks/sink.ts'

/** Everything that `plugins` of a configuration may name. */
export type PluginKind = Plugin['kind']

/** A plugin, told apart by its kind. */
export type Plugin =
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'sink'; readonly sink: Sink }
  | { readonly kind: 'authenticator'; readonly authenticator: Authenticator }

/** What a default export is, or the sentence that says why it is nothing that the gateway takes. */
export function pluginOf(value: unknown): Plugin | { readonly message: string } {
  if (value === undefined)
    return { message: 'has no default export; write `export default definePolicy({ … })`, `defineSink` or `defineAuthenticator`' }
  if (typeof value !== 'object' || value === null || !('plugin' in value))
    return {
      message:
        'exports something else than a plugin by default; write `export default definePolicy({ … })`, `defineSink` or `defineAuthenticator`',
    }
  if (value.plugin === 'policy') return { kind: 'policy', policy: value as unknown as Policy }
  if (value.plugin === 'sink') return { kind: 'sink', sink: value as unknown as Sink }
  if (value.plugin === 'authenticator') return { kind: 'authenticator', authenticator: value as unknown as Authenticator }
  return { message: `exports a plugin of a kind that this version does not know: \`${String(value.plugin)}\`` }
}
