import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPolicy, type PolicyScenario } from '../../testing/index.ts'
import { headers } from './policy.ts'

const run = (options: unknown, scenario: PolicyScenario = {}) => runPolicy(headers, options, scenario)

test('fields of the request are removed, set and appended', async () => {
  const { call } = await run(
    { request: { set: { 'X-Edge': '1' }, append: { 'x-hop': 'b' }, remove: ['X-Debug'] } },
    { request: { headers: { 'x-edge': ['client', 'client'], 'x-debug': '1', 'x-hop': 'a', accept: '*/*' } } },
  )
  assert.deepEqual(
    [...call.request.headers],
    [
      ['x-hop', 'a'],
      ['accept', '*/*'],
      ['x-edge', '1'],
      ['x-hop', 'b'],
    ],
  )
})

test('fields of the response are removed, set and appended', async () => {
  const { response } = await run(
    { response: { set: { 'x-frame-options': 'DENY' }, append: { 'set-cookie': 'a=1' }, remove: ['x-powered-by'] } },
    { response: { headers: { 'x-powered-by': 'x', 'x-frame-options': 'ALLOW', 'set-cookie': 'b=2' } } },
  )
  assert.deepEqual(
    [...response.headers],
    [
      ['set-cookie', 'b=2'],
      ['x-frame-options', 'DENY'],
      ['set-cookie', 'a=1'],
    ],
  )
})

test('a value may hold parameters of the path, decoded and encoded for a field', async () => {
  const { call, failures } = await run(
    { request: { set: { 'x-product': 'sku-{id}', 'x-braces': '{{id}}' } } },
    { request: { params: { id: 'a%41\r\nx-evil: 1 é' } } },
  )
  assert.deepEqual(failures, [])
  const value = call.request.headers.get('x-product') ?? ''
  assert.equal(Buffer.from(value, 'latin1').toString(), 'sku-a%41%0D%0Ax-evil: 1 é', 'decoded once, with no way to end the field')
  assert.equal(call.request.headers.get('x-evil'), undefined)
  assert.equal(call.request.headers.get('x-braces'), '{id}')
})

test('a parameter that the route does not have is a load error that names the field', async () => {
  await assert.rejects(run({ request: { set: { 'x-product': '{sku}' } } }, { request: { params: { id: '1' } } }), /`x-product`: `sku`/)
  await assert.rejects(run({ response: { append: { 'x-product': '{id' } } }), /x-product/)
})

test('fields that the gateway frames or asserts cannot be touched', async () => {
  for (const name of ['Host', 'content-length', 'Transfer-Encoding', 'x_forwarded_for', 'Forwarded', 'via', 'X-Principal-Roles']) {
    await assert.rejects(run({ request: { set: { [name]: '1' } } }), /gateway/, name)
    await assert.rejects(run({ request: { append: { [name]: '1' } } }), /gateway/, name)
    await assert.rejects(run({ request: { remove: [name] } }), /gateway/, name)
  }
  await assert.rejects(run({ response: { set: { 'proxy-status': 'x' } } }), /gateway/)
})

test('options that say nothing, or two things at once, are load errors', async () => {
  const refused: [unknown, RegExp][] = [
    [{}, /does nothing/],
    [{ request: { set: { 'X-A': '1', 'x-a': '2' } } }, /twice/],
    [{ request: { set: { 'x-a': '1' }, remove: ['X-A'] } }, /both set and removed/],
    [{ request: { set: { 'x-a': '1' }, append: { 'x-a': '2' } } }, /both set and appended/],
    [{ request: { set: { 'x-a': 'a\r\nx-b: 1' } } }, /not a field value/],
    [{ request: { set: { 'x-a': ' a' } } }, /not a field value/],
    [{ request: { set: { 'x-a': '\u010a' } } }, /not a field value/],
    [{ request: { ste: {} } }, /ste/],
  ]
  for (const [options, message] of refused) await assert.rejects(run(options), message)
})

test('A37 a field named like a property of objects is just a field', async () => {
  const { call } = await run({ request: { set: JSON.parse('{"constructor":"1"}') as unknown } })
  assert.equal(call.request.headers.get('constructor'), '1')
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
