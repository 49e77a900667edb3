import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPolicy } from '../../testing/index.ts'
import { ipFilter } from './policy.ts'

const passes = (options: unknown, address: string): Promise<boolean> =>
  runPolicy(ipFilter, options, { request: { client: { address } } }).then(({ verdict }) => verdict.kind === 'proceed')

test('what is denied is refused with 403 and a code of its own', async () => {
  const { verdict, response } = await runPolicy(ipFilter, { deny: ['203.0.113.0/24'] }, { request: { client: { address: '203.0.113.9' } } })
  assert.ok(verdict.kind === 'refuse' && verdict.code === 'ip_denied')
  assert.equal(response.status, 403)
})

test('`deny` comes before `allow`, and with `allow` whoever it does not name is refused', async () => {
  const options = { allow: ['10.0.0.0/8', '2001:db8::/32'], deny: ['10.6.6.0/24'] }
  for (const [address, let_in] of [
    ['10.1.2.3', true],
    ['10.6.6.6', false],
    ['192.0.2.1', false],
    ['2001:db8:1::1', true],
    ['2001:db9::1', false],
  ] as const)
    assert.equal(await passes(options, address), let_in, address)
  assert.equal(await passes({ deny: ['10.6.6.0/24'] }, '192.0.2.1'), true)
})

test('an IPv4-mapped address is the IPv4 address, on either side', async () => {
  assert.equal(await passes({ deny: ['203.0.113.9'] }, '::ffff:203.0.113.9'), false)
  assert.equal(await passes({ deny: ['::ffff:203.0.113.9'] }, '203.0.113.9'), false)
  assert.equal(await passes({ allow: ['::/0'] }, '203.0.113.9'), false, '`::/0` is every IPv6 address and no IPv4 one')
})

test('the zone of a link-local address does not count', async () => {
  assert.equal(await passes({ deny: ['fe80::/10'] }, 'fe80::1%eth0'), false)
  assert.equal(await passes({ allow: ['fe80::1'] }, 'fe80::1%2'), true)
})

test('what is no address is refused, also where only some are denied', async () => {
  for (const address of ['', 'unknown', '10.0.0', '203.0.113.9:80'])
    assert.equal(await passes({ deny: ['10.0.0.0/8'] }, address), false, address)
})

test('lists that mean nothing, or not what they say, are load errors with a remedy', async () => {
  const refused: [unknown, RegExp][] = [
    [{}, /neither `allow` nor `deny`/],
    [{ allow: [] }, /is empty/],
    [{ deny: ['10.0.0.5/8'] }, /is the block `10\.0\.0\.0\/8`; write that, or `10\.0\.0\.5`/],
    [{ deny: ['10.0.0.*'] }, /is a pattern/],
    [{ deny: ['10.0.0.1-10.0.0.9'] }, /is a range/],
    [{ deny: ['[2001:db8::1]'] }, /is written `2001:db8::1`/],
    [{ deny: ['fe80::1%eth0'] }, /is written `fe80::1`/],
    [{ deny: ['10.0.0.0/33'] }, /neither an address nor a block/],
    [{ deny: ['example.com'] }, /neither an address nor a block/],
    [{ denied: ['10.0.0.1'] }, /denied/],
  ]
  for (const [options, message] of refused) await assert.rejects(passes(options, '192.0.2.1'), message)
})
