import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCidr, parseAddress, TrustedPeers } from './ip.ts'

test('an address has one canonical text', () => {
  const spellings: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['fe80::0001', 'fe80::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ]
  for (const [text, canonical] of spellings) assert.equal(parseAddress(text), canonical, text)
})

test('an IPv4-mapped address is the IPv4 address in every notation', () => {
  for (const text of [
    '::ffff:10.0.0.1',
    '::FFFF:a00:1',
    '0:0:0:0:0:ffff:10.0.0.1',
    '0000:0000:0000:0000:0000:ffff:0a00:0001',
    '::ffff:0a00:1',
  ]) {
    assert.equal(parseAddress(text), '10.0.0.1', text)
  }
})

test('what is not exactly an address is refused', () => {
  const junk = [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '0x7f.0.0.1',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.-4',
    '1..2.3',
  ]
  junk.push(
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    '::g',
    ':1',
    '1:',
  )
  junk.push('[::1]', '::1%eth0', '::1.2.3', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4', '١.2.3.4', '1.2.3.4\n', '::ffff:1.2.3.04', 'localhost')
  for (const text of junk) assert.equal(parseAddress(text), undefined, text)
})

test('IPv6 texts are taken as node:net takes them, and canonical text is canonical', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16))
  const piece = fc.oneof(
    { weight: 6, arbitrary: group },
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('0', '1.2.3.4', '12345') },
  )
  fc.assert(
    fc.property(fc.array(piece, { minLength: 2, maxLength: 10 }), (pieces) => {
      const text = pieces.join(':')
      const canonical = parseAddress(text)
      assert.equal(canonical !== undefined, isIPv6(text), text)
      if (canonical !== undefined) assert.equal(parseAddress(canonical), canonical)
    }),
    { numRuns: 3000 },
  )
})

test('A32 peers are trusted by block, in whatever notation they come', () => {
  const trusted = new TrustedPeers(['10.0.3.7/32', '192.168.0.0/16', '2001:db8::/32', '::ffff:172.16.0.0/108', '198.51.100.9'])
  for (const peer of ['10.0.3.7', '::ffff:10.0.3.7', '192.168.255.1', '2001:db8:ffff::1', '172.31.0.1', '198.51.100.9'])
    assert.ok(trusted.has(peer), peer)
  for (const peer of ['10.0.3.8', '192.169.0.1', '2001:db9::1', '172.32.0.1', '198.51.100.8', 'unknown', '', '::1'])
    assert.ok(!trusted.has(peer), peer)
  assert.equal(trusted.empty, false)
  assert.equal(new TrustedPeers([]).empty, true)
  assert.equal(new TrustedPeers([]).has('127.0.0.1'), false)
  assert.ok(new TrustedPeers(['0.0.0.0/0']).has('203.0.113.1'))
  assert.ok(!new TrustedPeers(['::/0']).has('203.0.113.1'), 'an IPv6 block says nothing about IPv4')
})

test('a CIDR block is an address and a prefix length in plain digits', () => {
  for (const text of ['10.0.0.0/8', '::/0', '2001:db8::/128', '127.0.0.1', '0.0.0.0/0']) assert.ok(isCidr(text), text)
  for (const text of [
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/+8',
    '10.0.0/8',
    '10.0.0.0/8/8',
    'all',
    '',
    '/8',
    '::ffff:0.0.0.0/90',
  ]) {
    assert.ok(!isCidr(text), text)
  }
  assert.throws(() => new TrustedPeers(['nonsense']), TypeError)
})
