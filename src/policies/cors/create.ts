// What `cors` does: answers preflights before any other policy, and tells browsers which origins may read an answer.
import { ConstantField } from '../../http/field-name.ts'
import { addConstantOf, someField } from '../../http/fields.ts'
import { originOf } from '../../http/origin.ts'
import { vouched } from '../../pipeline/guarded-hooks.ts'
import type { Hooks, PolicyEnv } from '../../pipeline/policy.ts'
import { proceed, reply } from '../../pipeline/verdict.ts'
import { answerFields, concerned, CONCERNED_BITS, dropForeign, notGranted, preflightFields } from './fields.ts'
import type { CorsOptions } from './schema.ts'

const VARY = new ConstantField('vary', 'Origin')
const VARY_PREFLIGHT = 'Access-Control-Request-Method, Access-Control-Request-Headers'

export function createCors(options: CorsOptions, env: PolicyEnv): Hooks {
  const anyone = options.origins.includes('*')
  const answers = new Map(options.origins.map((origin) => [origin, constantFields(answerFields(options, origin))]))
  const varyPreflight = anyone ? VARY_PREFLIGHT : `Origin, ${VARY_PREFLIGHT}`
  /** Taken on the way in: a policy below may remove Origin from what the service gets. */
  const grant = env.slot<readonly ConstantField[]>()

  // Origins and names were judged at load; what a preflight echoes is judged in `fields.ts`.
  return vouched({
    onPreflight: (call) => {
      const { headers } = call.request
      const origin = originOf(call.request.head)
      const method = headers.get('access-control-request-method')
      if (origin === undefined || method === undefined) return proceed
      const granted = anyone ? '*' : answers.has(origin) ? origin : undefined
      const question = { method, headers: headers.get('access-control-request-headers') }
      // An origin that is not listed gets an answer without a grant, which is what browsers read as no.
      const fields = granted === undefined ? [] : preflightFields(options, granted, question)
      const note = granted === undefined ? 'grants nothing: the origin is not one of `origins`' : notGranted(options, question)
      return reply({ status: 204, fields: ['vary', varyPreflight, ...fields] }, note === undefined ? {} : { note })
    },

    onRequest: (call) => {
      const origin = originOf(call.request.head)
      const granted = origin === undefined ? undefined : answers.get(anyone ? '*' : origin)
      if (granted !== undefined) call.set(grant, granted)
      return proceed
    },

    onResponse: (call, response) => {
      const { head } = response
      const varies = someField(head, CONCERNED_BITS, concerned) && dropForeign(head.fields)
      // For every answer, also without Origin: a cache must not hand this one to a site that asks with one.
      if (!varies && !anyone) addConstantOf(head, VARY)
      const granted = call.get(grant)
      if (granted === undefined) return
      for (const field of granted) addConstantOf(head, field)
    },
  })
}

function constantFields(fields: readonly string[]): readonly ConstantField[] {
  const made: ConstantField[] = []
  for (let i = 0; i < fields.length; i += 2) made.push(new ConstantField(fields[i] as string, fields[i + 1] as string))
  return made
}
