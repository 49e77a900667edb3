// What `request-id` does: the service, the client and our log all see one id.
import { FieldName } from '../../http/field-name.ts'
import { setFieldOf } from '../../http/fields.ts'
import { vouched } from '../../pipeline/guarded-hooks.ts'
import type { Hooks } from '../../pipeline/policy.ts'
import { proceed } from '../../pipeline/verdict.ts'
import { isRequestId } from './client-id.ts'

export function createRequestId({ header }: { readonly header: string }): Hooks {
  const field = new FieldName(header)
  // The name was judged at load, a client's id is judged here.
  return vouched({
    onRequest: (call) => {
      const own = call.client.trusted ? call.request.headers.get(header) : undefined
      if (own !== undefined && isRequestId(own)) call.setId(own)
      setFieldOf(call.request.head, field, call.id)
      return proceed
    },
    // An id that the service answered with is replaced: the client is told the one that stands in our log.
    onResponse: (call, response) => setFieldOf(response.head, field, call.id),
  })
}
