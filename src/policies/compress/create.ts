// What `compress` does: chooses a coding on the way in, says on the way out that the answer depends on it, and compresses the body.
import { FieldName } from '../../http/field-name.ts'
import { fieldOf, onlyFieldOf } from '../../http/fields.ts'
import { vouched } from '../../pipeline/guarded-hooks.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Hooks, PolicyEnv } from '../../pipeline/policy.ts'
import { proceed } from '../../pipeline/verdict.ts'
import { Accepted } from './accepted.ts'
import { bounds } from './bounds.ts'
import { addVary, Candidates, encoded, forbidsTransform } from './candidates.ts'
import { codingOf, type Coding } from './codings.ts'
import { Compression } from './compression.ts'
import type { CompressOptions } from './schema.ts'

const ACCEPT_ENCODING = new FieldName('accept-encoding')
const CACHE_CONTROL = new FieldName('cache-control')

export function createCompress({ algorithms, minSize, types, level }: CompressOptions, env: PolicyEnv): Hooks {
  const accepted = new Accepted(algorithms.map((name) => codingOf(name, level)))
  const candidates = new Candidates(minSize, types)
  /** Taken on the way in: a policy below may remove Accept-Encoding from what the service gets. */
  const wanted = env.slot<Coding>()
  const chosen = env.slot<Coding>()

  // What it writes into a head is constant, but for an ETag that was a field's value before.
  return vouched({
    onRequest: (call) => {
      const coding = forbidsTransform(all(call, CACHE_CONTROL)) ? undefined : accepted.choose(all(call, ACCEPT_ENCODING))
      if (coding !== undefined) call.set(wanted, coding)
      return proceed
    },

    onResponse: (call, response) => {
      if (!candidates.has(response)) return
      addVary(response)
      const coding = call.get(wanted)
      if (coding === undefined) return
      // There is no body to wait for: the head says what that of a GET would say.
      if (call.request.method === 'HEAD') encoded(response.head, coding.name)
      else call.set(chosen, coding)
    },

    responseStream: (call, { head }) => {
      const coding = call.get(chosen)
      return coding === undefined ? undefined : new Compression(head, coding, minSize, bounds)
    },
  })
}

/** The values of all fields called so, joined. */
function all({ request }: Call, field: FieldName): string | undefined {
  const { head } = request
  return onlyFieldOf(head, field) ?? (fieldOf(head, field) === undefined ? undefined : request.headers.get(field.name))
}
