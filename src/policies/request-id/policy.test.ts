import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPolicy, type FakeHeaders } from '../../testing/index.ts'
import { requestId } from './policy.ts'

const MADE = 'made-by-the-gateway'
const run = (headers: FakeHeaders, trusted: boolean, options?: unknown) =>
  runPolicy(requestId, options, {
    request: { id: MADE, headers, client: { trusted } },
    response: { headers: { 'x-request-id': 'of the service' } },
  })

test('a client without trust gets a fresh id, whatever it sent', async () => {
  const { call, response } = await run({ 'x-request-id': 'client-1' }, false)
  assert.deepEqual(call.request.headers.getAll('x-request-id'), [MADE])
  assert.deepEqual(response.headers.getAll('x-request-id'), [MADE], 'and the one that the service answered with is replaced')
})

test('a trusted peer’s own id is kept, for the service, the client and the log', async () => {
  const { call, response } = await run({ 'x-request-id': '7f3c-client_1' }, true)
  assert.equal(call.request.headers.get('x-request-id'), '7f3c-client_1')
  assert.equal(response.headers.get('x-request-id'), '7f3c-client_1')
  assert.equal(call.id, '7f3c-client_1')
})

test('an id of a trusted peer that is no bounded token, or stands twice, is replaced', async () => {
  const odd = ['', 'a b', 'a,b', 'a"b', 'é', '${jndi:x}', 'a\tb', '<script>', 'x'.repeat(129), ['one', 'two'], ['same', 'same']]
  for (const value of odd) {
    const { call } = await run({ 'x-request-id': value }, true)
    assert.deepEqual(call.request.headers.getAll('x-request-id'), [MADE], JSON.stringify(value))
  }
  const longest = 'x'.repeat(128)
  assert.equal((await run({ 'x-request-id': longest }, true)).call.id, longest)
})

test('the field is an option, in any case, and never one that frames or asserts', async () => {
  const { call, response } = await run({ 'x-correlation-id': 'abc' }, true, { header: 'X-Correlation-Id' })
  assert.equal(call.request.headers.get('x-correlation-id'), 'abc')
  assert.equal(response.headers.get('x-correlation-id'), 'abc')
  assert.equal(response.headers.get('x-request-id'), 'of the service')
  for (const header of ['host', 'X-Forwarded-For', 'no good'])
    await assert.rejects(run({}, true, { header }), /host|X-Forwarded-For|no good/)
  await assert.rejects(run({}, true, { heder: 'x-id' }), /heder/)
})
