import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ManualClock } from '../../base/clock.ts'
import { NameServer } from '../../../test/harness/name-server.ts'
import type { Records } from '../../../test/harness/name-server.ts'
import { SystemLookUp } from './look-up.ts'

const v4 = (...addresses: string[]): Records => addresses.map((address) => ({ address, ttl: 60 }))

async function machine(script: (name: string, type: 'A' | 'AAAA') => Records, files: { hosts?: string; conf?: string } = {}) {
  const scope = new AsyncDisposableStack()
  const folder = scope.adopt(mkdtempSync(join(tmpdir(), 'names-')), (path) => rmSync(path, { recursive: true }))
  const server = scope.use(await new NameServer(script).listen())
  const [hosts, resolvConf] = [join(folder, 'hosts'), join(folder, 'resolv.conf')]
  writeFileSync(hosts, files.hosts ?? '')
  writeFileSync(resolvConf, files.conf ?? 'options timeout:1 attempts:1\n')
  const clock = new ManualClock()
  const lookUp = new SystemLookUp({ clock, hosts, resolvConf, servers: [server.address] })
  scope.defer(() => lookUp.end())
  return { server, lookUp, clock, hosts, [Symbol.asyncDispose]: () => scope.disposeAsync() }
}

test('a name has the addresses of both families, IPv4 first, for the shortest of their TTLs', async () => {
  await using at = await machine((_, type) =>
    type === 'A'
      ? [
          { address: '10.0.0.1', ttl: 60 },
          { address: '10.0.0.2', ttl: 30 },
        ]
      : [{ address: '2001:0db8:0000:0000:0000:0000:0000:0001', ttl: 45 }],
  )
  assert.deepEqual(await at.lookUp.find('Orders.test'), { ok: true, addresses: ['10.0.0.1', '10.0.0.2', '2001:db8::1'], ttl: 30_000 })
  assert.deepEqual(at.server.asked.toSorted(), ['A orders.test', 'AAAA orders.test'])
})

test('localhost is both families of this machine, and nobody is asked', async () => {
  await using at = await machine(() => 'SERVFAIL', { hosts: '10.9.9.9 localhost\n' })
  for (const name of ['localhost', 'LOCALHOST', 'app.localhost'])
    assert.deepEqual(await at.lookUp.find(name), { ok: true, addresses: ['127.0.0.1', '::1'], ttl: Infinity })
  assert.deepEqual(at.server.asked, [])
})

test('the hosts file goes before any server, and is read again after a while', async () => {
  await using at = await machine(() => v4('10.0.0.1'), { hosts: '10.0.0.7 legacy legacy.internal\n' })
  assert.deepEqual(await at.lookUp.find('legacy.internal'), { ok: true, addresses: ['10.0.0.7'], ttl: 10_000 })
  assert.deepEqual(at.server.asked, [])
  writeFileSync(at.hosts, '')
  at.clock.advance(10_000)
  assert.deepEqual(await at.lookUp.find('legacy.internal'), { ok: true, addresses: ['10.0.0.1'], ttl: 60_000 })
})

test('search domains are tried in order while there is no such name', async () => {
  const conf = 'search a.test b.test\noptions timeout:1 attempts:1\n'
  await using at = await machine((name, type) => (name === 'menu.b.test' && type === 'A' ? v4('10.0.0.3') : 'NXDOMAIN'), { conf })
  assert.deepEqual(await at.lookUp.find('menu'), { ok: true, addresses: ['10.0.0.3'], ttl: 60_000 })
  assert.deepEqual([...new Set(at.server.asked.map((query) => query.split(' ')[1]))], ['menu.a.test', 'menu.b.test'])
})

test('a server that fails is not taken for one that knows no such name: no other domain is tried', async () => {
  const conf = 'search a.test b.test\noptions timeout:1 attempts:1\n'
  await using at = await machine((name) => (name === 'menu.a.test' ? 'SERVFAIL' : v4('10.6.6.6')), { conf })
  assert.deepEqual(await at.lookUp.find('menu'), { ok: false, reason: `the name server failed (${at.server.address})` })
})

test('no such name, no address and no answer are told apart', async () => {
  await using at = await machine((name) => (name === 'gone.test' ? 'NXDOMAIN' : name === 'empty.test' ? [] : 'silence'))
  assert.deepEqual(await at.lookUp.find('gone.test'), { ok: false, reason: 'no such name' })
  assert.deepEqual(await at.lookUp.find('empty.test'), { ok: false, reason: 'the name has no address' })
  assert.deepEqual(await at.lookUp.find('mute.test'), { ok: false, reason: `no name server answered (${at.server.address})` })
})

test('one family is enough when the other cannot be had', async () => {
  await using at = await machine((_, type) => (type === 'A' ? v4('10.0.0.1') : 'SERVFAIL'))
  assert.deepEqual(await at.lookUp.find('orders.test'), { ok: true, addresses: ['10.0.0.1'], ttl: 60_000 })
})

test('of a very long answer 64 addresses are kept', async () => {
  const many = Array.from({ length: 20 }, (_, i) => `10.0.1.${i}`)
  await using at = await machine((_, type) => (type === 'A' ? v4(...many) : []))
  const answer = await at.lookUp.find('many.test')
  assert.equal(answer.ok && answer.addresses.length, 20)
  writeFileSync(at.hosts, Array.from({ length: 100 }, (_, i) => `10.0.2.${i} hosts.test`).join('\n'))
  at.clock.advance(10_000)
  const written = await at.lookUp.find('hosts.test')
  assert.equal(written.ok && written.addresses.length, 64)
})
