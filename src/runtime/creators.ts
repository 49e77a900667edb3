// The policies that come with the gateway as workers need them: what they do, without the schemas that judged their options. A schema
// library costs every thread 12 MiB, and options reach a worker judged and complete.
import { createCompress } from '../policies/compress/create.ts'
import { createCors } from '../policies/cors/create.ts'
import { createCsrf } from '../policies/csrf/create.ts'
import { createHeaders } from '../policies/headers/create.ts'
import { createIpFilter } from '../policies/ip-filter/create.ts'
import { createRequestId } from '../policies/request-id/create.ts'
import type { PolicyCreators } from '../pipeline/compile-all.ts'
import type { Hooks, PolicyEnv } from '../pipeline/policy.ts'

// Each takes the options that its own schema has produced; the plan keeps kind and options together.
type Create = (options: never, env: PolicyEnv) => Hooks

const creators: ReadonlyMap<string, Create> = new Map<string, Create>([
  ['compress', createCompress],
  ['cors', createCors],
  ['csrf', createCsrf],
  ['headers', createHeaders],
  ['ip-filter', createIpFilter],
  ['request-id', createRequestId],
])

export const builtinCreators: PolicyCreators = {
  get(kind) {
    const create = creators.get(kind)
    return create === undefined ? undefined : { create }
  },
}
