import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { holdersOf, listening } from './port-holders.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 501 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 502 1 0 100 0 0 10 0
   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 503 1 0 100 0 0 10 0
   3: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 0 1 0 100 0 0 10 0
`

test('of the system’s table the listening sockets of one port are taken', () => {
  assert.deepEqual(listening(TABLE, 8080), ['501'])
  assert.deepEqual(listening(TABLE, 80), [])
})

test('who listens on a port is told by process', { skip: process.platform === 'linux' ? false : 'only Linux tells' }, async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const held = await holdersOf(port)
  await new Promise((resolve) => server.close(resolve))
  assert.deepEqual(
    held.map(({ pid }) => pid),
    [process.pid],
  )
  assert.notEqual(held[0]?.name, '')
  assert.deepEqual(await holdersOf(port), [])
})
