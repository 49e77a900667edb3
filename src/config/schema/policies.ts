// Lists of policies: a bare kind, `kind: options`, or `set: name`. What a kind's options are is the kind's own schema, which the registry
// of policies brings: the reader looks each item up there, and the JSON Schema is written from there.
import { z } from 'zod'

const AUTHENTICATION = 'authentication comes in a later release, as `authenticators` and the policy `authenticate`'

/** Policies that a later version brings, under their own names and those that others give them: naming one is understood and refused. */
export const LATER_KINDS: ReadonlyMap<string, string> = new Map([
  ['authenticate', 'authentication comes in a later release'],
  ['authorize', 'authorisation comes in a later release'],
  ['rate-limit', 'rate limits come in a later release'],
  ['cache', 'caching comes in a later release'],
  ['validate', 'validation of bodies comes in a later release'],
  ['transform', 'transformation of bodies comes in a later release'],
  // What `authenticators` will be, where a newcomer looks for it first.
  ...['jwt', 'oidc', 'introspection', 'api-key', 'basic', 'mtls', 'signature', 'auth'].map((kind) => [kind, AUTHENTICATION] as const),
  ['ratelimit', 'rate limits come in a later release, as the policy `rate-limit`'],
  ['rateLimit', 'rate limits come in a later release, as the policy `rate-limit`'],
])

/** One item as it was read: a reference to a set, or a policy whose options its kind's schema has judged. */
export type PolicyItem =
  | { readonly set: string; readonly path: string }
  | { readonly kind: string; readonly options: unknown; readonly path: string }

/** Its reading is `load/policy-item.ts`'s; to zod the result is opaque. */
export const policyItem: z.ZodType<PolicyItem | undefined> = z.any()

export const policyList = (about: string) => z.array(policyItem).describe(about)
