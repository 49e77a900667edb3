// What `headers` does: at load its edits are compiled, at run time they are applied. Kept apart from the schema, which workers never need.
import { vouched } from '../../pipeline/guarded-hooks.ts'
import type { Hooks, PolicyEnv } from '../../pipeline/policy.ts'
import { proceed } from '../../pipeline/verdict.ts'
import { fieldEdits } from './field-edits.ts'
import type { Edits } from './schema.ts'

export function createHeaders(
  options: { readonly request?: Edits | undefined; readonly response?: Edits | undefined },
  env: PolicyEnv,
): Hooks {
  const request = options.request && fieldEdits(options.request, env)
  const response = options.response && fieldEdits(options.response, env)
  // Names and constants were judged at load, and a template escapes what it is filled with.
  return vouched({
    ...(request && {
      onRequest: (call) => {
        request(call.request.head, call)
        return proceed
      },
    }),
    ...(response && { onResponse: (call, answer) => response(answer.head, call) }),
  })
}
