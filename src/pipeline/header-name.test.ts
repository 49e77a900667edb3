import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerNameProblem } from '../http/owned-fields.ts'
import { headerName } from './header-name.ts'

test('framing and hop-by-hop fields belong to the codecs, on either side and under any spelling', () => {
  for (const name of ['Host', 'content-length', 'Transfer_Encoding', 'connection', 'TE', 'Upgrade', 'keep.alive', 'expect']) {
    for (const side of ['request', 'response'] as const)
      assert.match(headerNameProblem(name, side) ?? '', /the gateway writes it anew/, name)
  }
})

test('A34 fields that the gateway asserts are protected under any spelling and by their beginnings', () => {
  for (const name of [
    'X-Forwarded-For',
    'x_forwarded_host',
    'x.forwarded.anything',
    'X-Principal-Id',
    'x_principal_new',
    'Via',
    'forwarded',
    'X-Real-IP',
    'traceparent',
  ]) {
    assert.match(headerNameProblem(name, 'request') ?? '', /what the gateway itself says/, name)
  }
  for (const name of ['Proxy-Status', 'cache_status', 'RateLimit', 'x-tidegate-partial']) {
    assert.match(headerNameProblem(name, 'response') ?? '', /what the gateway itself says/, name)
  }
})

test('other names are free, and come out in lower case', () => {
  assert.equal(headerName('request').parse('X-Edge'), 'x-edge')
  assert.equal(headerName('response').parse('Strict-Transport-Security'), 'strict-transport-security')
  assert.equal(headerNameProblem('x-forwarded', 'request'), undefined)
  assert.equal(headerNameProblem('x-powered-by', 'response'), undefined)
})

test('A9 what is no field name is refused, also when lower-casing would make one of it', () => {
  for (const name of ['', 'a b', 'a:b', 'é', 'a\r\nb', '\u212Aey'])
    assert.equal(headerName().safeParse(name).success, false, JSON.stringify(name))
})
