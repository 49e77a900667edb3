// The policies that come with the gateway. A plugin is exactly the same kind of value.
import { cors } from '../policies/cors/policy.ts'
import { csrf } from '../policies/csrf/policy.ts'
import { headers } from '../policies/headers/policy.ts'
import { ipFilter } from '../policies/ip-filter/policy.ts'
import { requestId } from '../policies/request-id/policy.ts'
import type { Policy } from '../pipeline/policy.ts'

export const builtins = [requestId, cors, ipFilter, csrf, headers] as const satisfies readonly Policy[]
