import assert from 'node:assert/strict'
import net from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Where } from '../admin/gate.ts'
import type { Address } from '../admin/port.ts'
import { OwnPort } from './own-port.ts'

async function holder(): Promise<{ port: number; end: () => Promise<unknown> }> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as net.AddressInfo).port, end: () => new Promise((resolve) => server.close(resolve)) }
}

const sentence = async (opening: Promise<OwnPort | string>): Promise<string> => {
  const own = await opening
  return typeof own === 'string' ? own : 'it is open'
}

function open(address: Address, patient: boolean): { own: Promise<OwnPort | string>; said: string[]; opened: Promise<Where> } {
  const said: string[] = []
  const { promise: opened, resolve } = Promise.withResolvers<Where>()
  const own = OwnPort.open({
    what: 'the admin API',
    address,
    patient,
    listener: () => (_, response) => void response.end('ok'),
    say: (message, level) => said.push(`${level} ${message}`),
    opened: resolve,
  })
  return { own, said, opened }
}

test('a port that nobody insisted on is told of once when it is taken, and opened when it is free', async () => {
  const { port, end } = await holder()
  const { own, said, opened } = open({ address: '127.0.0.1', port }, true)
  const held = await own
  assert.ok(held instanceof OwnPort)
  held.hurry()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await end()
  held.hurry()
  assert.deepEqual(await opened, { address: '127.0.0.1', port })
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'ok')
  await held.close()
  assert.equal(said.length, 2)
  assert.match(said[0] ?? '', /^warn the admin API: port \d+ of 127\.0\.0\.1 is in use by another process; .* tried again every 3 s/)
  assert.equal(said[1], 'info the admin API listens now')
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`))
})

test('one that is insisted on is one sentence', async () => {
  const { port, end } = await holder()
  assert.match(
    await sentence(open({ address: '127.0.0.1', port }, false).own),
    /^the admin API: port \d+ of 127\.0\.0\.1 is in use by another process/,
  )
  await end()
  const folder = mkdtempSync(join(tmpdir(), 'own-port-'))
  assert.match(
    await sentence(open({ socket: join(folder, 'no/such.sock') }, false).own),
    /^the admin API: the folder of the socket .* does not exist$/,
  )
  rmSync(folder, { recursive: true })
})

test('one that is closed while it waits is not opened any more', async () => {
  const { port, end } = await holder()
  const { own, said } = open({ address: '127.0.0.1', port }, true)
  const held = (await own) as OwnPort
  held.hurry()
  await held.close()
  await end()
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`))
  assert.equal(said.length, 1)
})
