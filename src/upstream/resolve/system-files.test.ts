import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHosts, readResolvConf, searchedNames } from './system-files.ts'

test('resolv.conf gives servers, search domains and options, the last of search and domain holding', () => {
  const text = [
    '# written by a machine',
    'nameserver 10.0.0.10',
    'nameserver\t2001:db8::53 ; the second',
    'nameserver not-an-address',
    'nameserver 10.0.0.11',
    'nameserver 10.0.0.12',
    'domain first.test',
    'search default.svc.cluster.local svc.cluster.local. cluster.local',
    'options ndots:5 timeout:1 attempts:99 rotate',
  ].join('\n')
  assert.deepEqual(readResolvConf(text), {
    servers: ['10.0.0.10', '2001:db8::53', '10.0.0.11'],
    search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ndots: 5,
    timeout: 1_000,
    attempts: 5,
  })
})

test('a resolv.conf that says nothing means the server on this machine and no search domain', () => {
  assert.deepEqual(readResolvConf(''), { servers: ['127.0.0.1'], search: [], ndots: 1, timeout: 2_000, attempts: 2 })
})

test('a name with enough dots is asked for as it is first, one with fewer last, one that ends in a dot alone', () => {
  const conf = { ...readResolvConf(''), search: ['a.test', 'b.test'], ndots: 2 }
  assert.deepEqual(searchedNames('menu', conf), ['menu.a.test', 'menu.b.test', 'menu'])
  assert.deepEqual(searchedNames('menu.food', conf), ['menu.food.a.test', 'menu.food.b.test', 'menu.food'])
  assert.deepEqual(searchedNames('menu.food.svc', conf), ['menu.food.svc', 'menu.food.svc.a.test', 'menu.food.svc.b.test'])
  assert.deepEqual(searchedNames('menu.', conf), ['menu'])
})

test('the hosts file gives all addresses of a name in canonical spelling, whatever the case, and no name is special', () => {
  const hosts = readHosts(
    '10.0.0.1 Legacy legacy.internal # one\n2001:DB8:0::1\tlegacy\n10.0.0.1 legacy\n300.1.1.1 bad\n10.0.0.9 __proto__\r\n',
  )
  assert.deepEqual(hosts.get('legacy'), ['10.0.0.1', '2001:db8::1'])
  assert.deepEqual(hosts.get('legacy.internal'), ['10.0.0.1'])
  assert.equal(hosts.get('bad'), undefined)
  assert.deepEqual(hosts.get('__proto__'), ['10.0.0.9'])
})
