import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { keptToken, placeOfAnother, readToken, readWhereabouts, removeWhereabouts, writeWhereabouts } from './admin-files.ts'

const root = mkdtempSync(join(tmpdir(), 'admin-files-'))
after(() => rmSync(root, { recursive: true }))
const state = join(root, 'a/state')
const file = join(state, 'admin.token')
const quiet = (message: string): void => assert.fail(message)

test('A75 the token under state is random, its owner’s alone, and stays', async () => {
  const token = await keptToken(state, quiet)
  assert.match(token, /^[0-9a-f]{64}$/)
  assert.equal(statSync(state).mode & 0o777, 0o700)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(await keptToken(state, quiet), token)
  assert.deepEqual(await readToken(state), { token, owner: process.geteuid?.() })
  assert.equal(await readToken(join(root, 'nowhere')), undefined)
})

test('A75 a token that others could read, that is none, or that lies behind a link, is replaced by a new one', async () => {
  const spoilt = [
    () => chmodSync(file, 0o640),
    () => writeFileSync(file, 'short\n'),
    () => writeFileSync(file, ''),
    () => {
      renameSync(file, join(root, 'elsewhere'))
      symlinkSync(join(root, 'elsewhere'), file)
    },
  ]
  for (const spoil of spoilt) {
    const old = await keptToken(state, quiet)
    spoil()
    const said: string[] = []
    const fresh = await keptToken(state, (message) => said.push(message))
    assert.notEqual(fresh, old)
    assert.equal(said.length, 1)
    assert.ok(lstatSync(file).isFile())
    assert.equal(statSync(file).mode & 0o777, 0o600)
  }
  assert.match(readFileSync(join(root, 'elsewhere'), 'utf8'), /^[0-9a-f]{64}\n$/)
})

test('A75 nothing but a token goes out as one: a link to another file, a pipe and other text are none', async () => {
  const folder = join(root, 'planted')
  mkdirSync(folder)
  const path = join(folder, 'admin.token')
  writeFileSync(join(root, 'id_key'), 'a-secret-of-one-line\n')
  symlinkSync(join(root, 'id_key'), path)
  assert.equal(await readToken(folder), undefined)
  rmSync(path)
  for (const text of ['short', 'two words of some length', 'two-lines-of-some-length\nand-more']) {
    writeFileSync(path, text)
    assert.equal(await readToken(folder), undefined)
  }
  rmSync(path)
  execFileSync('mkfifo', [path])
  assert.equal(await readToken(folder), undefined)
})

test('where a gateway is found is taken away by that gateway alone', async () => {
  await writeWhereabouts(state, { url: 'http://127.0.0.1:9901', pid: process.pid })
  assert.deepEqual(await readWhereabouts(state), { url: 'http://127.0.0.1:9901', pid: process.pid })
  await removeWhereabouts(state)
  assert.equal(await readWhereabouts(state), undefined)
  await writeWhereabouts(state, { socket: '/run/admin.sock', pid: process.pid + 1 })
  await removeWhereabouts(state)
  assert.deepEqual(await readWhereabouts(state), { socket: '/run/admin.sock', pid: process.pid + 1 })
  writeFileSync(join(state, 'admin.json'), '{"pid":1}')
  assert.equal(await readWhereabouts(state), undefined)
})

test('another gateway’s place counts while somebody listens there, whatever has become of the process id', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`, pid: process.ppid }
  const folder = join(root, 'c/state')
  await writeWhereabouts(folder, place)
  assert.deepEqual(await placeOfAnother(folder), place)
  await writeWhereabouts(folder, { ...place, pid: process.pid })
  assert.equal(await placeOfAnother(folder), undefined)
  await writeWhereabouts(folder, place)
  server.close()
  await once(server, 'close')
  assert.equal(await placeOfAnother(folder), undefined)
  await writeWhereabouts(folder, { socket: join(folder, 'nobody.sock'), pid: process.ppid })
  assert.equal(await placeOfAnother(folder), undefined)
})

test('A75 a place that others may have written draws no token: their file, a link, a folder that they may write to', async () => {
  const folder = join(root, 'b/state')
  const place = { pid: process.pid, url: 'http://127.0.0.1:9901' }
  await writeWhereabouts(folder, place)
  assert.deepEqual(await readWhereabouts(folder), place)
  chmodSync(folder, 0o777)
  assert.equal(await readWhereabouts(folder), undefined)
  chmodSync(folder, 0o700)
  chmodSync(join(folder, 'admin.json'), 0o666)
  assert.equal(await readWhereabouts(folder), undefined)
  chmodSync(join(folder, 'admin.json'), 0o600)
  assert.deepEqual(await readWhereabouts(folder), place)
  if (process.geteuid?.() === 0) {
    chownSync(join(folder, 'admin.json'), 65_534, 65_534)
    assert.equal(await readWhereabouts(folder), undefined)
  }
  renameSync(join(folder, 'admin.json'), join(root, 'planted.json'))
  symlinkSync(join(root, 'planted.json'), join(folder, 'admin.json'))
  assert.equal(await readWhereabouts(folder), undefined)
})
