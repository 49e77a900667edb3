import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressKey, AddressSet } from './address-set.ts'
import { blockProblem } from './ip-block.ts'
import { parseCidr } from './ip.ts'

const has = (set: AddressSet, address: string): boolean | undefined => {
  const key = addressKey(address)
  return key === undefined ? undefined : set.has(key)
}

test('a block holds its first and its last address, and none beside them', () => {
  const set = new AddressSet(['10.1.2.0/23', '192.0.2.7', '2001:db8:0:40::/58', '::1'])
  for (const inside of ['10.1.2.0', '10.1.3.255', '192.0.2.7', '2001:db8:0:40::', '2001:db8:0:7f:ffff:ffff:ffff:ffff', '::1'])
    assert.equal(has(set, inside), true, inside)
  for (const outside of ['10.1.1.255', '10.1.4.0', '192.0.2.6', '192.0.2.8', '2001:db8:0:3f:ffff::', '2001:db8:0:80::', '::', '::2'])
    assert.equal(has(set, outside), false, outside)
})

test('an IPv4-mapped address is the IPv4 address, in blocks and in look-ups', () => {
  const set = new AddressSet(['::ffff:10.0.0.0/104', '203.0.113.9'])
  for (const inside of ['10.9.9.9', '::ffff:10.9.9.9', '::ffff:a09:909', '::FFFF:203.0.113.9']) assert.equal(has(set, inside), true, inside)
  assert.equal(has(set, '::10.9.9.9'), false)
})

test('a family is not held by the other one', () => {
  assert.equal(has(new AddressSet(['::/0']), '10.0.0.1'), false)
  assert.equal(has(new AddressSet(['0.0.0.0/0']), '::1'), false)
  assert.equal(has(new AddressSet(['0.0.0.0/0']), '255.255.255.255'), true)
  assert.equal(has(new AddressSet(['::/0']), 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), true)
})

test('what is no address has no key, and what is no block makes no set', () => {
  for (const text of ['', 'fe80::1%eth0', '1.2.3', '[::1]', '1.2.3.4:80']) assert.equal(addressKey(text), undefined, text)
  assert.throws(() => new AddressSet(['10.0.0.0/33']), TypeError)
})

test('a set says what net.BlockList says, whatever lies in whatever', () => {
  const v4 = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 })).map(([a, b]) => `10.${a}.0.${b}`)
  const v6 = fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 65_535 }))
    .map(([a, b]) => `2001:db8:${a}::${b.toString(16)}`)
  const block = fc.oneof(
    fc.tuple(v4, fc.integer({ min: 8, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`),
    fc.tuple(v6, fc.integer({ min: 16, max: 128 })).map(([address, prefix]) => `${address}/${prefix}`),
  )
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), fc.array(fc.oneof(v4, v6), { minLength: 1, maxLength: 12 }), (blocks, addresses) => {
      const list = new BlockList()
      for (const text of blocks) {
        const [address = '', prefix] = text.split('/')
        list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
      }
      const set = new AddressSet(blocks)
      for (const address of addresses) {
        assert.equal(has(set, address), list.check(address, address.includes(':') ? 'ipv6' : 'ipv4'), `${address} in ${blocks.join(' ')}`)
      }
    }),
  )
})

test('a block that is written by an address in its middle is told with its right spelling', () => {
  assert.match(blockProblem('10.0.0.5/8') ?? '', /`10\.0\.0\.0\/8`; write that, or `10\.0\.0\.5` for the one address/)
  assert.match(blockProblem('2001:db8::1/32') ?? '', /`2001:db8::\/32`/)
  for (const right of ['10.0.0.0/8', '10.0.0.5', '2001:db8::/32', '::/0', 'fe80::/10']) assert.equal(blockProblem(right), undefined, right)
  assert.deepEqual(parseCidr('::ffff:10.0.0.0/104'), { address: '10.0.0.0', prefix: 8 })
})
