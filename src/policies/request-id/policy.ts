// Gives every request an id that the service and the client both see: a trusted peer's own, else a fresh one.
import { setFieldOf } from '../../http/fields.ts'
import { definePolicy } from '../../pipeline/policy.ts'
import { proceed } from '../../pipeline/verdict.ts'
import { isRequestId } from './client-id.ts'
import { schema } from './schema.ts'

export const requestId = definePolicy({
  name: 'request-id',
  schema,
  create: ({ header }) => ({
    onRequest: (call) => {
      const own = call.client.trusted ? call.request.headers.get(header) : undefined
      if (own !== undefined && isRequestId(own)) call.setId(own)
      setFieldOf(call.request.head, header, call.id)
      return proceed
    },
    // An id that the service answered with is replaced: the client is told the one that stands in our log.
    onResponse: (call, response) => setFieldOf(response.head, header, call.id),
  }),
})
