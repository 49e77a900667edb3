// Policies of a plugin's kind, one for each way in which a policy can end a request or touch it.
import { z } from 'zod'
import { definePolicy, type Policy } from '../../src/pipeline/policy.ts'
import { proceed, refuse, reply } from '../../src/pipeline/verdict.ts'

const nothing = z.strictObject({})

export const samplePolicies: readonly Policy[] = [
  definePolicy({
    name: 'refuser',
    schema: nothing,
    create: () => ({ onRequest: (call) => (call.request.headers.has('x-refuse') ? refuse('not_today', { status: 418 }) : proceed) }),
  }),
  definePolicy({
    name: 'replier',
    schema: nothing,
    create: () => ({ onRequest: (call) => (call.request.query.includes('v=1') ? reply({ status: 299, body: 'made here' }) : proceed) }),
  }),
  definePolicy({
    name: 'thrower',
    schema: nothing,
    create: () => ({
      onRequest(call) {
        if (call.request.headers.get('x-a') === '2') throw new Error('by intention')
        return proceed
      },
    }),
  }),
  definePolicy({
    name: 'waiter',
    schema: nothing,
    create: () => ({
      onRequest: async (call) => {
        await Promise.resolve()
        return call.request.headers.has('x-late') ? refuse('too_late') : proceed
      },
    }),
  }),
  definePolicy({
    name: 'reader',
    schema: z.strictObject({ max: z.number() }),
    create: ({ max }) => ({
      needs: { requestBody: { max, as: 'json' } },
      onRequestBody: (_call, body) => (body.bytes.length > 0 && body.json === undefined ? refuse('no_json', { status: 422 }) : proceed),
    }),
  }),
  definePolicy({
    name: 'teapot',
    schema: nothing,
    create: () => ({
      onResponse(call, response) {
        if (call.request.query.includes('q=2')) response.status = 218
      },
    }),
  }),
]
