import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type AdminTarget, findGateway } from './admin-client.ts'

const cwd = mkdtempSync(join(tmpdir(), 'admin-client-'))
after(() => rmSync(cwd, { recursive: true }))
const routes = 'routes: { a: { match: /a, reply: { status: 200 } } }\n'
const find = async (more: { admin?: string; env?: Record<string, string> } = {}): Promise<string> => {
  const found = await findGateway({ admin: undefined, files: [], cwd, env: {}, ...more })
  if ('message' in found) return found.message
  const { to, token, found: how } = found satisfies AdminTarget
  return `${'url' in to ? to.url.href : to.socket} ${token ?? 'no token'} (${how})`.replaceAll(cwd, '<cwd>')
}
/** More than a process of this machine can have. */
const nobody = 2 ** 31 - 2

test('a gateway is found where it says that it is, else where the configuration says, else at the default', async () => {
  assert.equal(await find(), 'http://127.0.0.1:9901/ no token (where a gateway listens by default)')
  writeFileSync(join(cwd, 'tidegate.yaml'), `version: 1\nadmin: { port: 9999 }\n${routes}`)
  assert.equal(await find(), 'http://127.0.0.1:9999/ no token (as the configuration says)')
  writeFileSync(join(cwd, 'tidegate.yaml'), `version: 1\nstate: away\nadmin: { socket: admin.sock }\n${routes}`)
  mkdirSync(join(cwd, 'away'))
  writeFileSync(join(cwd, 'away/admin.token'), 'the-token-of-away\n')
  assert.equal(await find(), '<cwd>/away/admin.sock the-token-of-away (as the configuration says)')
  writeFileSync(join(cwd, 'away/admin.json'), JSON.stringify({ url: 'http://127.0.0.1:9998', pid: process.pid }))
  assert.equal(await find(), 'http://127.0.0.1:9998/ the-token-of-away (as <cwd>/away/admin.json says)')
  // A configuration that is broken by now: the gateway that runs is found all the same, to be told.
  writeFileSync(join(cwd, 'tidegate.yaml'), `version: 1\nstate: away\nadmin: { socket: admin.sock }\nrutes: {}\n`)
  assert.equal(await find(), 'http://127.0.0.1:9998/ the-token-of-away (as <cwd>/away/admin.json says)')
  // What a gateway that was killed left in the usual place does not hide it.
  mkdirSync(join(cwd, '.tidegate'))
  writeFileSync(join(cwd, '.tidegate/admin.json'), JSON.stringify({ url: 'http://127.0.0.1:9997', pid: nobody }))
  assert.equal(await find(), 'http://127.0.0.1:9998/ the-token-of-away (as <cwd>/away/admin.json says)')
  writeFileSync(join(cwd, '.tidegate/admin.json'), JSON.stringify({ url: 'http://127.0.0.1:9997', pid: process.pid }))
  assert.equal(await find(), 'http://127.0.0.1:9997/ no token (as <cwd>/.tidegate/admin.json says)')
  const env = { TIDEGATE_STATE: 'away', TIDEGATE_ADMIN_TOKEN: 'the-token-given' }
  assert.equal(await find({ env }), 'http://127.0.0.1:9998/ the-token-given (as <cwd>/away/admin.json says)')
})

test('--admin names a URL of this machine or the path of a socket, and a token goes no farther', async () => {
  const env = { TIDEGATE_ADMIN_TOKEN: 'the-token-given' }
  assert.equal(await find({ admin: 'http://localhost:1', env }), 'http://localhost:1/ the-token-given (as --admin says)')
  assert.equal(await find({ admin: './x.sock', env }), '<cwd>/x.sock the-token-given (as --admin says)')
  assert.match(await find({ admin: 'http://10.0.0.1:1', env }), /is another machine, and the token would go there in clear/)
  assert.match(await find({ admin: 'http://127.0.0.1.nip.io:1', env }), /is another machine/)
  assert.match(await find({ admin: 'https://localhost:1', env }), /is asked over http:\/\//)
  assert.match(await find({ admin: 'localhost', env }), /write a URL/)
})
