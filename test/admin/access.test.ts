import assert from 'node:assert/strict'
import net from 'node:net'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Stage, tokens } from './stage.ts'

const ALL = [
  '/livez',
  '/readyz',
  '/healthz',
  '/metrics',
  '/api/v1/status',
  '/api/v1/routes',
  '/api/v1/services',
  '/api/v1/config',
  '/openapi.json',
  '/',
]

test('A75 without a token loopback gets health, metrics, status, routes and services, and nothing else', async () => {
  await using stage = await Stage.open()
  for (const path of ALL.slice(0, 7)) assert.equal((await stage.ask(path)).status, 200, path)
  for (const [path, method] of [
    ['/api/v1/config', 'GET'],
    ['/openapi.json', 'GET'],
    ['/api/v1/reload', 'POST'],
    ['/api/v1/explain', 'POST'],
  ] as const) {
    const { status, fields } = await stage.ask(path, { method })
    assert.equal(status, 401, path)
    assert.equal(fields['www-authenticate'], 'Bearer realm="tidegate"')
  }
  assert.deepEqual(stage.said, [])
})

test('A75 roles: a viewer reads, an operator reloads, and a wrong token opens nothing, not even what is open', async () => {
  await using stage = await Stage.open()
  const reload = (token: string): Promise<number> => stage.ask('/api/v1/reload', { method: 'POST', token }).then(({ status }) => status)
  assert.equal((await stage.ask('/api/v1/config', { token: tokens.viewer })).status, 200)
  assert.equal(await reload(tokens.viewer), 403)
  // The example has no gateway to reload: it got that far.
  assert.equal(await reload(tokens.operator), 500)
  assert.equal(await reload(tokens.issuer), 500)
  assert.equal((await stage.ask('/livez', { token: 'wrong' })).status, 401)
  assert.equal((await stage.ask('/api/v1/status', { fields: { authorization: 'Basic b3BzOm9wcw==' } })).status, 401)
})

test('A75 `Host` and `Origin` are checked on every path and method, before anything else', async () => {
  await using stage = await Stage.open()
  for (const path of [...ALL, '/api/v1/reload', '/nowhere']) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      for (const fields of [{ host: 'evil.example' }, { origin: 'http://evil.example' }, { origin: 'null' }]) {
        const told = await stage.ask(path, { method, fields, token: tokens.issuer })
        assert.equal(told.status, 403, `${method} ${path}`)
        assert.equal(told.fields['access-control-allow-origin'], undefined)
      }
    }
  }
  assert.equal((await stage.ask('/livez', { fields: { origin: `http://localhost:${stage.where.port}` } })).status, 200)
})

test('A75 unknown paths are 404, wrong methods 405 with Allow, and nothing may be stored or guessed', async () => {
  await using stage = await Stage.open()
  assert.equal((await stage.ask('/api/v1/nope')).status, 404)
  assert.equal((await stage.ask('/livez/')).status, 404)
  assert.equal((await stage.ask('http://evil.example/livez')).status, 404)
  const reload = await stage.ask('/api/v1/reload', { token: tokens.operator })
  assert.deepEqual([reload.status, reload.fields.allow], [405, 'POST'])
  const live = await stage.ask('/livez', { method: 'POST', body: 'x=1' })
  assert.deepEqual([live.status, live.fields.allow], [405, 'GET, HEAD'])
  const head = await stage.ask('/livez', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body], [200, ''])
  for (const { fields } of [reload, live, head, await stage.ask('/api/v1/config')]) {
    assert.equal(fields['cache-control'], 'no-store')
    assert.equal(fields['x-content-type-options'], 'nosniff')
  }
  assert.match(live.fields['content-type'] ?? '', /^application\/problem\+json/)
})

test('A75 a body is JSON of at most 1 MiB', async () => {
  await using stage = await Stage.open({ explain: (explanation) => Promise.resolve({ explanation }) })
  const post = async (body: string, fields: Record<string, string>): Promise<number> =>
    (await stage.ask('/api/v1/explain', { method: 'POST', token: tokens.viewer, body, fields })).status
  const json = { 'content-type': 'application/json; charset=utf-8' }
  assert.equal(await post('{"a":1}', json), 200)
  assert.equal(await post(`{"a":"${'x'.repeat(1_048_000)}"}`, json), 200)
  assert.equal(await post(`{"a":"${'x'.repeat(1_048_576)}"}`, json), 413)
  assert.equal(await post(`{"a":"${'x'.repeat(3_000_000)}"}`, { ...json, 'transfer-encoding': 'chunked' }), 413)
  assert.equal(await post('{"a":1', json), 400)
  assert.equal(await post('a=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415)
  assert.equal(await post('{"a":1}', { 'content-type': 'text/plain' }), 415)
  assert.equal(await post('{"a":1}', {}), 415)
})

test('A75 after twenty wrong tokens only those that were right before are heard, until the minute is over', async () => {
  await using stage = await Stage.open()
  const config = (token: string): Promise<number> => stage.ask('/api/v1/config', { token }).then(({ status }) => status)
  assert.equal(await config(tokens.viewer), 200)
  for (let i = 0; i < 20; i++) assert.equal(await config(`wrong-${i}`), 401)
  assert.equal(await config('wrong-again'), 429)
  assert.equal(await config(tokens.operator), 429)
  assert.equal(await config(tokens.viewer), 200)
  assert.equal((await stage.ask('/livez')).status, 200)
  const { status, fields } = await stage.ask('/api/v1/config', { token: 'wrong-again' })
  assert.deepEqual([status, Number(fields['retry-after']) > 0], [429, true])
  stage.clock.advance(61_000)
  assert.equal(await config(tokens.operator), 200)
})

test('A75 the log tells who acted, from where and with which result; refusals once, then counted; nothing that a client wrote', async () => {
  await using stage = await Stage.open({
    reload: () => Promise.resolve({ outcome: 'refused', reason: 'no', findings: [], took: { read: 0, taken: 0 }, changes: undefined }),
  })
  await stage.ask('/api/v1/reload', { method: 'POST', token: tokens.operator })
  for (let i = 0; i < 5; i++) await stage.ask('/api/v1/config?secret=1', { token: 'guess-guess-guess' })
  await stage.ask('/api/v1/config', { token: tokens.viewer })
  assert.deepEqual(stage.said, [
    'info admin: the-operator (operator) reload from 127.0.0.1: 422 reload_refused',
    'warn admin: config from 127.0.0.1 is refused: wrong token',
  ])
})

test('A75 a socket is its owner’s alone, replaces what a dead gateway left, and nothing else', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'admin-socket-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const socket = join(folder, 'admin.sock')
  writeFileSync(join(folder, 'file'), 'precious')
  await assert.rejects(Stage.open({}, { socket: join(folder, 'file') }), /ENOTSOCK/)
  {
    await using stage = await Stage.open({}, { socket })
    assert.equal(statSync(socket).mode & 0o777, 0o600)
    assert.equal((await stage.ask('/livez', { fields: { host: 'localhost' } })).status, 200)
    // Not loopback: everything but probes takes a token.
    assert.equal((await stage.ask('/api/v1/status', { fields: { host: 'localhost' } })).status, 401)
    assert.equal((await stage.ask('/api/v1/status', { fields: { host: 'localhost' }, token: tokens.viewer })).status, 200)
    await assert.rejects(Stage.open({}, { socket }), /EADDRINUSE/)
    assert.equal((await stage.ask('/livez', { fields: { host: 'localhost' } })).status, 200)
  }
  assert.equal(statSync(socket, { throwIfNoEntry: false }), undefined)
  // What a gateway that was killed leaves: a file on which nobody listens.
  const left = net.createServer()
  await new Promise<void>((resolve) => left.listen(`${socket}.left`, resolve))
  const { renameSync } = await import('node:fs')
  renameSync(`${socket}.left`, socket)
  await new Promise((resolve) => left.close(resolve))
  assert.ok(statSync(socket).isSocket())
  await using stage = await Stage.open({}, { socket })
  assert.equal((await stage.ask('/livez', { fields: { host: 'localhost' } })).status, 200)
})

test('A75 nobody keeps the port busy: a client that holds many connections loses the oldest', async () => {
  await using stage = await Stage.open()
  const held = Array.from({ length: 30 }, () => net.connect(stage.where.port, '127.0.0.1').on('error', () => {}))
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  assert.equal((await stage.ask('/livez')).status, 200)
  for (const socket of held) socket.destroy()
})
