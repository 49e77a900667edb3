// Lets in, or keeps out, by the client's address. Restating it adds: each list has to let the request pass.
import { definePolicy } from '../../pipeline/policy.ts'
import { createIpFilter } from './create.ts'
import { schema } from './schema.ts'

export const ipFilter = definePolicy({ name: 'ip-filter', schema, adds: true, create: createIpFilter })
