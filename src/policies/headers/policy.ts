// Sets, appends and removes fields of requests and responses. Restating it adds: each list of edits runs at its own position.
import { definePolicy } from '../../pipeline/policy.ts'
import { createHeaders } from './create.ts'
import { schema } from './schema.ts'

export const headers = definePolicy({ name: 'headers', schema, adds: true, create: createHeaders })
