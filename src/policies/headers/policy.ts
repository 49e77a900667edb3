// Sets, appends and removes fields of requests and responses. Restating it adds: each list of edits runs at its own position.
import { definePolicy } from '../../pipeline/policy.ts'
import { proceed } from '../../pipeline/verdict.ts'
import { fieldEdits } from './field-edits.ts'
import { schema } from './schema.ts'

export const headers = definePolicy({
  name: 'headers',
  schema,
  adds: true,
  create: (options, env) => {
    const request = options.request && fieldEdits(options.request, env)
    const response = options.response && fieldEdits(options.response, env)
    return {
      ...(request && {
        onRequest: (call) => {
          request(call.request.head, call)
          return proceed
        },
      }),
      ...(response && { onResponse: (call, answer) => response(answer.head, call) }),
    }
  },
})
