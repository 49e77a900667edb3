// The policies that come with the gateway. A plugin is exactly the same kind of value.
import { compress } from '../policies/compress/policy.ts'
import { cors } from '../policies/cors/policy.ts'
import { csrf } from '../policies/csrf/policy.ts'
import { headers } from '../policies/headers/policy.ts'
import { ipFilter } from '../policies/ip-filter/policy.ts'
import { requestId } from '../policies/request-id/policy.ts'
import type { Policy } from '../pipeline/policy.ts'

export const builtins = [requestId, cors, ipFilter, csrf, compress, headers] as const satisfies readonly Policy[]
