import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { bindMessage, canSharePort, proveFree } from './ports.ts'

test('a proof resolves port 0 and leaves the address free', async () => {
  const proof = await proveFree([{ address: '127.0.0.1', port: 0 }])
  assert.ok('addresses' in proof)
  const port = proof.addresses[0]?.port ?? 0
  assert.ok(port > 0)
  assert.deepEqual(await proveFree([{ address: '127.0.0.1', port }]), { addresses: [{ address: '127.0.0.1', port }] })
})

test('an address on which somebody listens is named, with one sentence for each reason', async () => {
  const holder = net.createServer().listen({ port: 0, host: '127.0.0.1', reusePort: await canSharePort() })
  await once(holder, 'listening')
  const { port } = holder.address() as net.AddressInfo
  const proof = await proveFree([{ address: '127.0.0.1', port }])
  assert.deepEqual(proof, { failure: { address: '127.0.0.1', port, code: 'EADDRINUSE' } })
  holder.close()
  assert.match(bindMessage({ address: '', port: 80, code: 'EACCES' }), /^port 80 may not be bound by this user/)
  assert.match(
    bindMessage({ address: '10.9.9.9', port: 1, code: 'EADDRNOTAVAIL' }),
    /^port 1 of 10\.9\.9\.9 cannot be bound: this machine has no such address/,
  )
  // A link-local address is one only together with a link.
  assert.match(
    bindMessage({ address: 'fe80::1', port: 1, code: 'EINVAL' }),
    /^port 1 of fe80::1 cannot be bound: this machine listens on no/,
  )
  assert.match(bindMessage({ address: '::1', port: 1, code: 'EX' }), /\(EX\)$/)
})
