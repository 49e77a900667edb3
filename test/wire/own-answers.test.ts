// What every answer that the gateway makes itself carries.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGateway } from '../../src/index.ts'
import { codes, MemoryStage, statuses } from '../harness/memory-stage.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'

test('answers of our own carry a Date, whoever made them', async () => {
  await using gateway = await createGateway({
    version: 1,
    telemetry: { logs: { sinks: [] } },
    routes: {
      fixed: { match: 'GET /fixed', reply: { status: 200, body: 'ok' } },
      moved: { match: 'GET /moved', redirect: { to: '/fixed', status: 308 } },
    },
  })
  for (const path of ['/fixed', '/moved', '/nowhere', '/%00']) {
    const { status, headers } = await gateway.inject(path)
    assert.match(String(headers['date']), /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, `${path} ${status}`)
  }
})

test('OPTIONS * is answered by the gateway: 204 with the methods that it lets in', async () => {
  const stage = new MemoryStage({ onRequest() {} })
  const client = stage.client()
  client.write('OPTIONS * HTTP/1.1\r\nHost: gw.test\r\n\r\n')
  await stage.settle()
  const [answer] = readResponses(client.received, ['OPTIONS'], client.ended).messages
  assert.equal(answer?.status, 204)
  assert.equal(valueOf(answer, 'allow'), 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
  assert.equal(valueOf(answer, 'content-length'), undefined)
  assert.deepEqual(stage.service.requests, [])
  assert.ok(!client.ended)
  await stage.end()
})

test('a request that is refused is told with its method and target, and a connection that said nothing is not told', async () => {
  const stage = new MemoryStage({ onRequest() {} })
  const long = `/${'a'.repeat(9_000)}`
  for (const raw of [
    'GET /here?x=1 HTTP/2.0\r\nHost: gw.test\r\n\r\n',
    'BREW /pot HTTP/1.1\r\nHost: gw.test\r\n\r\n',
    'GET /twice HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    `GET ${long} HTTP/1.1\r\nHost: gw.test\r\n\r\n`,
    'nonsense\r\n\r\n',
  ]) {
    const client = stage.client()
    client.write(raw)
    await stage.settle()
    client.end()
  }
  stage.client()
  const slow = stage.client()
  slow.write('GET /slow HTTP/1.1\r\nHo')
  await stage.settle()
  await stage.advance(3_600_000)
  assert.deepEqual(
    stage.gateway.rejected.map(([fault, method, target]) => [fault, method, target.slice(0, 12)]),
    [
      ['bad_version', 'GET', '/here?x=1'],
      ['unknown_method', '', '/pot'],
      ['bad_host', 'GET', '/twice'],
      ['target_too_long', 'GET', '/aaaaaaaaaaa'],
      ['bad_method', '', ''],
      ['head_timeout', 'GET', '/slow'],
    ],
  )
  assert.ok(stage.gateway.rejected.every(([, , target]) => target.length <= 1_024))
  await stage.end()
})

test('a byte that can stand in no head is told for what it is, wherever the bytes are cut', async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['GET / HTTP/1.1\r\nHost: gw.test\r\nx: a\x1bb\r\n\r\n', 'bad_control'],
    ['GET / HTTP/1.1\r\nHost: gw.test\r\nx: a\x00\r\n\r\n', 'bad_control'],
    ['GET / HTTP/1.1\r\nHost: gw.test\r\nx: a\x7f\r\n\r\n', 'bad_control'],
    ['GET / HTTP/1.1\r\nHost: gw.test\nx: a\r\n\r\n', 'bad_line_ending'],
    ['GET / HTTP/1.1\rHost: gw.test\r\n\r\n', 'bad_line_ending'],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'tls_on_plain_port'],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'tls_on_plain_port'],
  ]
  for (const [bytes, code] of cases)
    for (let cut = 0; cut < bytes.length; cut++) {
      const stage = new MemoryStage({ onRequest() {} })
      const client = stage.client()
      if (cut > 0) client.write(bytes.slice(0, cut))
      await stage.settle()
      client.write(bytes.slice(cut))
      await stage.settle()
      assert.deepEqual([statuses(client), codes(client)], [[400], [code]], `${JSON.stringify(bytes)} cut at ${cut}`)
      await stage.end()
    }
})
