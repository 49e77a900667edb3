import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TrustedPeers } from '../base/ip.ts'
import { appendForwardedFor, forwardedElement, resolveClient, type ClientSource } from './forwarded.ts'

const PROXY = '10.0.0.1'
const trusted = new TrustedPeers(['10.0.0.0/8', '2001:db8::/32'])
const xff = (value: string | undefined, peer = PROXY): string => resolveClient('x-forwarded-for', value, peer, trusted)
const forwarded = (value: string | undefined): string => resolveClient('forwarded', value, PROXY, trusted)

test('A32 the field is believed from trusted peers only', () => {
  assert.equal(xff('203.0.113.9', '198.51.100.1'), '198.51.100.1')
  assert.equal(xff('203.0.113.9'), '203.0.113.9')
  assert.equal(xff(undefined), PROXY)
  assert.equal(xff(''), PROXY)
  assert.equal(resolveClient('connection', '203.0.113.9', PROXY, trusted), PROXY)
})

test('A32 the rightmost untrusted element is the client', () => {
  assert.equal(xff('127.0.0.1, 203.0.113.9'), '203.0.113.9')
  assert.equal(xff('1.1.1.1, 203.0.113.9, 10.2.3.4,\t2001:DB8::7'), '203.0.113.9')
  assert.equal(xff('10.2.3.4, 10.5.6.7'), '10.2.3.4')
  assert.equal(xff('203.0.113.9,, ,10.5.6.7,'), '203.0.113.9')
  assert.equal(xff('203.0.113.9:4711, [2001:db8::1]:80'), '203.0.113.9')
  assert.equal(xff('2001:0:0::9'), '2001::9')
  assert.equal(xff('::ffff:203.0.113.9'), '203.0.113.9')
})

test('A32 junk ends the walk at the last address that was vouched for', () => {
  for (const junk of [
    'unknown',
    'a',
    '999.1.1.1',
    '"x"',
    '01.2.3.4',
    '1.2.3.4:x',
    '1.2.3.4:',
    '[::1',
    '[1.2.3.4]',
    '\xa010.0.0.2',
    '_hidden',
    '1.2.3.4 5.6.7.8',
  ]) {
    assert.equal(xff(junk), PROXY, junk)
    assert.equal(xff(`203.0.113.9, ${junk}, 10.9.9.9`), '10.9.9.9', junk)
    assert.equal(xff(`${junk}, 203.0.113.9`), '203.0.113.9', junk)
  }
})

test('A32 at most 16 elements are read', () => {
  const proxies = (count: number): string => Array.from({ length: count }, (_, i) => `10.1.1.${i}`).join(', ')
  assert.equal(xff(`203.0.113.9, ${proxies(15)}`), '203.0.113.9')
  assert.equal(xff(`203.0.113.9, ${proxies(16)}`), '10.1.1.0')
  const flood = `203.0.113.9${','.repeat(30_000)}`
  assert.equal(xff(flood), PROXY)
})

test('A32 Forwarded is read by RFC 7239, from the right', () => {
  assert.equal(forwarded('for=203.0.113.9'), '203.0.113.9')
  assert.equal(forwarded('for=1.1.1.1;proto=http, For="203.0.113.9:80" ; by=10.0.0.1'), '203.0.113.9')
  assert.equal(forwarded('for="[2001:0::9]:4711", for="[2001:db8::1]"'), '2001::9')
  assert.equal(forwarded('proto=https;host="a,b;for=9.9.9.9";for=203.0.113.9'), '203.0.113.9')
  for (const junk of [
    'for=unknown',
    'for=_hidden',
    'for=',
    'proto=https',
    'for=1.1.1.1;for=2.2.2.2',
    'for=[::1]',
    'for=1.1.1.1:80',
    'for="::1"',
    'x',
    'for=""',
  ]) {
    assert.equal(forwarded(junk), PROXY, junk)
    assert.equal(forwarded(`for=203.0.113.9, ${junk}, for=10.9.9.9`), '10.9.9.9', junk)
  }
})

test('A32 a quote that a client leaves open does not swallow what proxies wrote', () => {
  assert.equal(forwarded('for="evil, for=203.0.113.9'), '203.0.113.9')
  assert.equal(forwarded('for="\\", for=203.0.113.9, for=10.2.2.2'), '203.0.113.9')
})

test('A32 whatever the client writes, what the proxy appended decides', () => {
  const part = fc.constantFrom('"', ',', ';', 'for=', '1.2.3.4', '10.0.0.9', ' ', '\\', '[', ']', ':', 'unknown', '::1')
  const written = fc.array(part, { maxLength: 20 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(
      written,
      fc.constantFrom<[ClientSource, string]>(['x-forwarded-for', '203.0.113.9'], ['forwarded', 'for=203.0.113.9']),
      (text, [from, appended]) => {
        assert.equal(resolveClient(from, `${text}, ${appended}`, PROXY, trusted), '203.0.113.9')
      },
    ),
    { numRuns: 2000 },
  )
})

test('what the next hop is told is well-formed', () => {
  assert.equal(appendForwardedFor('', '203.0.113.9'), '203.0.113.9')
  assert.equal(appendForwardedFor('203.0.113.9', '10.0.0.1'), '203.0.113.9, 10.0.0.1')
  assert.equal(forwardedElement('203.0.113.9', 'gw.test', 'http'), 'for=203.0.113.9;host=gw.test;proto=http')
  assert.equal(forwardedElement('2001:db8::1', 'gw.test:8080', 'https'), 'for="[2001:db8::1]";host="gw.test:8080";proto=https')
  assert.equal(forwardedElement('203.0.113.9', '', 'http'), 'for=203.0.113.9;proto=http')
  assert.equal(resolveClient('forwarded', forwardedElement('2001::9', 'a:1', 'http'), PROXY, trusted), '2001::9')
})
