import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { definePolicy } from '../src/pipeline/policy.ts'
import { proceed } from '../src/pipeline/verdict.ts'
import { runPolicy } from '../src/testing/index.ts'

/** A policy that sets one field on either side. */
const setter = (side: 'request' | 'response', name: string) =>
  definePolicy({
    name: 'setter',
    schema: z.strictObject({}),
    create: () => ({
      onRequest(call) {
        if (side === 'request') call.request.headers.set(name, '7')
        return proceed
      },
      onResponse(_call, response) {
        if (side === 'response') response.headers.set(name, '7')
      },
    }),
  })

test('a policy under test may set no more than in the gateway: framing on neither side, what is asserted not on the request', async () => {
  const failed = async (side: 'request' | 'response', name: string): Promise<number> =>
    (await runPolicy(setter(side, name), {})).failures.length
  assert.equal(await failed('request', 'x-edge'), 0)
  assert.equal(await failed('request', 'Content-Length'), 1)
  assert.equal(await failed('request', 'x-forwarded-for'), 1)
  assert.equal(await failed('response', 'x-edge'), 0)
  assert.equal(await failed('response', 'transfer-encoding'), 1)
})

test('a client under test may send any field', async () => {
  const { call } = await runPolicy(setter('request', 'x-edge'), {}, { request: { headers: { 'x-forwarded-for': '192.0.2.7' } } })
  assert.equal(call.request.headers.get('x-forwarded-for'), '192.0.2.7')
})
