// What a page in a browser of this machine, and another user of it, may try at the admin port: each ends in a refusal, and in nothing else.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bindSocket } from '../../src/admin/socket-file.ts'
import { Stage, tokens } from './stage.ts'

const bearer = `Authorization: Bearer ${tokens.issuer}\r\n`

/** Sends text as it is on a connection of its own; resolves with the status of each answer when the other side or `quiet` ms of silence end it. */
function raw(stage: Stage, text: string, quiet = 150): Promise<{ statuses: number[]; text: string }> {
  return new Promise((resolve) => {
    const socket = net.connect(stage.where.port, '127.0.0.1')
    let received = ''
    const timer = setTimeout(() => socket.destroy(), 5_000)
    socket.on('data', (part) => {
      received += part.toString('latin1')
      timer.refresh()
      socket.setTimeout(quiet)
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ statuses: [...received.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status)), text: received })
    })
    socket.write(text)
  })
}

test('A75 what frames a request in two ways, or in none that is right, is no request', async () => {
  await using stage = await Stage.open({ explain: (explanation) => Promise.resolve({ explanation }) })
  const host = `Host: localhost:${stage.where.port}\r\n`
  const post = `POST /api/v1/explain HTTP/1.1\r\n${host}${bearer}Content-Type: application/json\r\n`
  const smuggled = `GET /api/v1/config HTTP/1.1\r\n${host}${bearer}\r\n`
  const wrong = {
    'a length and chunks': `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ${smuggled}`,
    'an unknown coding': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a chunk size with a sign': `${post}Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n${smuggled}`,
    'a folded field': `GET /livez HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`,
    'a space before the colon': `GET /livez HTTP/1.1\r\nHost : localhost:${stage.where.port}\r\n\r\n`,
    'line feeds alone': `GET /livez HTTP/1.1\nHost: localhost:${stage.where.port}\n\n`,
    'no host': 'GET /livez HTTP/1.1\r\n\r\n',
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  }
  for (const [name, text] of Object.entries(wrong)) assert.deepEqual((await raw(stage, text)).statuses, [400], name)
  const fields = `GET /livez HTTP/1.1\r\n${host}${'a:\r\n'.repeat(3_000)}Origin: http://evil.example\r\n\r\n`
  assert.deepEqual((await raw(stage, fields)).statuses, [431])
  // What comes behind the last chunk is no credential.
  const trailer = `POST /api/v1/explain HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${bearer}\r\n`
  assert.deepEqual((await raw(stage, trailer)).statuses, [401])
})

test('A75 a path has one spelling, and methods that nobody needs do nothing', async () => {
  await using stage = await Stage.open()
  const host = `Host: localhost:${stage.where.port}\r\n`
  const statuses = async (line: string, fields = host): Promise<number[]> =>
    (await raw(stage, `${line} HTTP/1.1\r\n${fields}${bearer}Connection: close\r\n\r\n`)).statuses
  for (const path of ['//livez', '/%6civez', '/x/../livez', '/./livez', '/livez/', '/livez;x', '/LIVEZ', '*'])
    assert.deepEqual(await statuses(`GET ${path}`), [404], path)
  for (const target of [`http://localhost:${stage.where.port}/livez`, 'http://evil.example/api/v1/config'])
    assert.deepEqual(await statuses(`GET ${target}`), [404], target)
  assert.deepEqual(await statuses('GET http://localhost/livez', 'Host: evil.example\r\n'), [403])
  for (const line of ['TRACE /livez', 'OPTIONS /livez', 'PUT /livez', 'HEAD /api/v1/reload', 'GET /api/v1/reload'])
    assert.deepEqual(await statuses(line), [405], line)
  assert.deepEqual(await statuses('OPTIONS *'), [404])
  assert.deepEqual(await statuses(`CONNECT localhost:${stage.where.port}`), [])
  assert.deepEqual(await statuses('GET /livez', `${host}Upgrade: websocket\r\nConnection: upgrade\r\n`), [200])
})

test('A75 a page of another origin gets nothing from an image, a script, a form or a frame', async () => {
  await using stage = await Stage.open()
  for (const site of ['cross-site', 'same-site'])
    for (const path of ['/livez', '/metrics', '/api/v1/status', '/nowhere'])
      assert.equal((await stage.ask(path, { fields: { 'sec-fetch-site': site } })).status, 403, path)
  // What a person types, and what a page of the gateway's own would ask.
  for (const site of ['none', 'same-origin']) assert.equal((await stage.ask('/livez', { fields: { 'sec-fetch-site': site } })).status, 200)
  const form = { method: 'POST', body: '{"a":1}', token: tokens.issuer }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a', 'text/plain; application/json'])
    assert.equal((await stage.ask('/api/v1/reload', { ...form, fields: { 'content-type': type } })).status, 415, type)
  const { fields } = await stage.ask('/api/v1/status')
  assert.equal(fields['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
  assert.equal(fields['cross-origin-resource-policy'], 'same-origin')
  const foreign = `GET /livez HTTP/1.1\r\nHost: evil.example\r\nExpect: something\r\nConnection: close\r\n\r\n`
  assert.match((await raw(stage, foreign)).text, /^HTTP\/1\.1 403 [^]*host_refused/)
})

test('A75 a body that goes deeper than anybody needs is refused, brackets in texts are not counted', async () => {
  await using stage = await Stage.open({ explain: (explanation) => Promise.resolve({ explanation }) })
  const post = async (body: string): Promise<number> =>
    (await stage.ask('/api/v1/explain', { method: 'POST', token: tokens.viewer, body, fields: { 'content-type': 'application/json' } }))
      .status
  assert.equal(await post(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`), 200)
  assert.equal(await post(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`), 400)
  assert.equal(await post(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`), 400)
  assert.equal(await post(JSON.stringify({ a: '['.repeat(1_000), b: `\\"${'{'.repeat(100)}` })), 200)
  assert.equal(await post('{"__proto__":{"polluted":1}}'), 200)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
  assert.deepEqual(stage.said, [])
})

test('A75 a reload with a token is answered although somebody holds more connections than there are', async () => {
  const { promise: asked, resolve: reached } = Promise.withResolvers<void>()
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()
  await using stage = await Stage.open({
    reload: async () => {
      reached()
      await done
      return { outcome: 'refused', reason: 'no', findings: [], took: { read: 0, taken: 0 }, changes: undefined }
    },
  })
  const reload = stage.ask('/api/v1/reload', { method: 'POST', token: tokens.operator })
  await asked
  const held = Array.from({ length: 40 }, () => net.connect(stage.where.port, '127.0.0.1').on('error', () => {}))
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  // Accepted in the order in which they came.
  assert.equal((await stage.ask('/livez')).status, 200)
  finish()
  assert.equal((await reload).status, 422)
  for (const socket of held) socket.destroy()
})

test('A75 who asks on and on without reading an answer is cut off; sixteen at a time are answered', async () => {
  await using stage = await Stage.open()
  const one = `GET /openapi.json HTTP/1.1\r\nHost: localhost:${stage.where.port}\r\n${bearer}\r\n`
  assert.deepEqual(
    (await raw(stage, one.repeat(16))).statuses,
    Array.from({ length: 16 }, () => 200),
  )
  // As many as come in one piece are not begun.
  assert.ok((await raw(stage, one.repeat(1_000))).statuses.length < 500)
  assert.equal((await stage.ask('/livez')).status, 200)
})

test('A75 a token that the gateway made is listened to, however many wrong ones somebody else on this machine tries', async () => {
  await using stage = await Stage.open({}, undefined, { random: true })
  for (let i = 0; i < 25; i++) await stage.ask('/api/v1/config', { token: `wrong-${i}` })
  assert.equal((await stage.ask('/api/v1/config', { token: 'wrong' })).status, 429)
  assert.equal((await stage.ask('/api/v1/config', { token: tokens.viewer })).status, 200)
})

test('A75 a link put in the place of a socket that is being made changes the rights of no file', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'admin-swap-'))
  const server = net.createServer()
  context.after(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'precious')
  chmodSync(victim, 0o644)
  const path = join(folder, 'admin.sock')
  server.once('listening', () => {
    unlinkSync(`${path}~`)
    symlinkSync(victim, `${path}~`)
  })
  assert.equal(await bindSocket(server, path), 'ENOTSOCK')
  assert.equal(statSync(victim).mode & 0o777, 0o644)
  assert.equal(server.listening, false)
})
