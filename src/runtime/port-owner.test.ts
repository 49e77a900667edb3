import assert from 'node:assert/strict'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { askGateway } from './admin-client.ts'
import { listening, ownersOfPort } from './port-owner.ts'

const root = mkdtempSync(join(tmpdir(), 'port-owner-'))
after(() => rmSync(root, { recursive: true, force: true }))
const me = process.geteuid?.() ?? 0
const NOBODY = 65_534
const asRoot = { skip: me !== 0 && 'only root can be another user' }

test('who listens at loopback is read from the tables of the system: that port alone, and what listens alone', () => {
  const row = (local: string, state: string, uid: number): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 1 1 0 100 0 0 10 0`
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('0100007F:26AD', '0A', 1),
    row('00000000:26AD', '0A', 2),
    row('0100007F:26AE', '0A', 3),
    row('0100007F:26AD', '01', 4),
    row('0A00000A:26AD', '0A', 5),
    row('00000000000000000000000001000000:26AD', '0A', 6),
    row('00000000000000000000000000000000:26AD', '0A', 7),
    row('0000000000000000FFFF00000100007F:26AD', '0A', 8),
    row('B80D0120000000000000000001000000:26AD', '0A', 9),
  ].join('\n')
  assert.deepEqual(listening(table, 9901), [1, 2, 6, 7, 8])
  assert.deepEqual(listening('', 9901), [])
})

/** A server that keeps the tokens it is told; made as another user where `uid` says so. */
async function listener(
  to: { path: string } | { port: number; host: string },
  uid = me,
): Promise<{ server: http.Server; heard: string[] }> {
  const heard: string[] = []
  const server = http.createServer((request, response) => {
    heard.push(request.headers.authorization ?? 'none')
    response.end('{}')
  })
  if (uid !== me) process.seteuid?.(uid)
  try {
    await new Promise<void>((resolve) => server.listen(to, resolve))
  } finally {
    if (uid !== me) process.seteuid?.(me)
  }
  return { server, heard }
}

const ask = (to: { url: URL } | { socket: string }, more: { tokenOwner?: number } = {}, token: string | undefined = 'sixteen-letters!') =>
  askGateway({ to, token, found: 'as --admin says', ...more }, 'GET', '/api/v1/status')

test('A75 a token is told to a port of this user', { skip: process.platform !== 'linux' && 'no tables to read' }, async () => {
  const { server, heard } = await listener({ port: 0, host: '127.0.0.1' })
  const { port } = server.address() as AddressInfo
  assert.deepEqual([...(await ownersOfPort(port))], [me])
  assert.deepEqual(await ask({ url: new URL(`http://127.0.0.1:${port}`) }), { status: 200, body: '{}' })
  assert.deepEqual(heard, ['Bearer sixteen-letters!'])
  server.close()
})

test('A75 a token is not told to whoever took the port while no gateway runs, unless it is who keeps the token', asRoot, async () => {
  const { server, heard } = await listener({ port: 0, host: '127.0.0.1' }, NOBODY)
  const to = { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) }
  assert.deepEqual(await ask(to), {
    unreachable: `what listens at ${to.url.origin} (as --admin says) belongs to user ${NOBODY}, who is not told the token; it may be another program's`,
  })
  assert.deepEqual(heard, [])
  assert.deepEqual(await ask(to, { tokenOwner: NOBODY }), { status: 200, body: '{}' })
  assert.deepEqual(heard, ['Bearer sixteen-letters!'])
  server.close()
})

test('A75 a token is not told to a socket that somebody else has put into the place', asRoot, async () => {
  const path = join(root, 'admin.sock')
  const { server, heard } = await listener({ path })
  assert.deepEqual(await ask({ socket: path }), { status: 200, body: '{}' })
  chownSync(path, NOBODY, NOBODY)
  assert.match(JSON.stringify(await ask({ socket: path })), /the socket .*admin\.sock \(as --admin says\) belongs to user 65534/)
  assert.deepEqual(heard, ['Bearer sixteen-letters!'])
  server.close()
})
