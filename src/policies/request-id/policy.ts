// Gives every request an id that the service and the client both see: a trusted peer's own, else a fresh one.
import { definePolicy } from '../../pipeline/policy.ts'
import { createRequestId } from './create.ts'
import { schema } from './schema.ts'

export const requestId = definePolicy({ name: 'request-id', schema, create: createRequestId })
