// The forms that a message can take on its way: HEAD, HTTP/1.0, trailers, bodies of statuses that have none, and what of Via and Date.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withClient } from '../harness/memory-stage.ts'
import type { MemoryStage } from '../harness/memory-stage.ts'
import type { MemoryPeer } from '../harness/peer.ts'
import { canaryAnswer } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import { readResponses, valueOf, valuesOf } from '../harness/strict-message.ts'
import type { StrictResponse } from '../harness/strict-message.ts'

const says = (bytes: string): ServiceScript => ({ onRequest: ({ peer }) => peer.write(bytes) })

const answers = (client: MemoryPeer, methods: readonly string[] = []): readonly StrictResponse[] =>
  readResponses(client.received, methods, client.ended).messages
const get = (version: string, fields = ''): string => `GET /x HTTP/${version}\r\nHost: gw.test\r\n${fields}\r\n`

describe('HEAD', () => {
  for (const [framing, told] of [['Content-Length: 5\r\n', '5'], ['Transfer-Encoding: chunked\r\n', undefined], ['', undefined]] as const) {
    test(`is answered without a body, whatever length is told: ${framing.trim() || 'none'}`, () =>
      withClient(says(`HTTP/1.1 200 OK\r\n${framing}\r\n`), async (made, client) => {
        client.write('HEAD /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
        await made.settle()
        const [answer] = answers(client, ['HEAD'])
        assert.deepEqual([answer?.status, answer && valueOf(answer, 'content-length')], [200, told])
        assert.ok(client.received.endsWith('\r\n\r\n'))
        assert.ok(!client.ended)
      }))
  } // prettier-ignore

  test('A111 with a body costs the service its connection, and nobody gets it', () =>
    withClient({ onRequest: ({ peer }, request) => peer.write(request.method === 'HEAD' ? 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil' : canaryAnswer(request)) }, async (made, client) => {
      client.write('HEAD /x HTTP/1.1\r\nHost: gw.test\r\n\r\nGET /y HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      assert.deepEqual(answers(client, ['HEAD']).map(({ body }) => body), ['', 'GET /y -'])
      assert.equal(made.service.connections.length, 2)
    })) // prettier-ignore

  for (const bodiless of [
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n',
  ]) {
    const late = (ms: number) => async (made: MemoryStage, client: MemoryPeer): Promise<void> => {
      client.write(get('1.1'))
      await made.settle()
      await made.advance(ms)
      made.service.connections[0]?.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
      made.service.script = { onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }
      const other = made.client()
      other.write('GET /other HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      assert.deepEqual(answers(other).map(({ body }) => body), ['GET /other -'])
    } // prettier-ignore
    test(`A111 ${bodiless.slice(9, 12)} with a body that comes at once or within 100 ms: nobody gets it (${bodiless.length})`, async () => {
      await withClient(says(bodiless), late(0))
      await withClient(says(bodiless), late(60))
    })
  }
})

describe('a 1.0 client', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
  const counted = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const cases = [
    ['without keep-alive gets a counted body and the end', counted, '', { connection: 'close', length: '2', ends: true }],
    ['with keep-alive gets a counted body and keeps its connection', counted, 'Connection: keep-alive\r\n', { connection: 'keep-alive', length: '2', ends: false }],
    ['gets a chunked body as it is, up to the end', chunked, 'Connection: Keep-Alive\r\n', { connection: 'close', length: undefined, ends: true }],
  ] as const // prettier-ignore
  for (const [what, bytes, fields, want] of cases) {
    test(what, () =>
      withClient(says(bytes), async (made, client) => {
        client.write(get('1.0', fields))
        await made.settle()
        const [answer] = answers(client)
        assert.ok(answer !== undefined)
        assert.equal(answer.body, 'ok')
        assert.deepEqual({ connection: valueOf(answer, 'connection'), length: valueOf(answer, 'content-length'), ends: client.ended }, want)
        assert.deepEqual(valuesOf(answer, 'transfer-encoding'), [])
        assert.match(made.service.requests[0]?.line ?? '', / HTTP\/1\.1$/)
        if (want.ends) return
        client.write(get('1.0', fields))
        await made.settle()
        assert.equal(answers(client).length, 2)
      }),
    )
  }
  test('may leave Host out, and the service gets its own name', () =>
    withClient(says(counted), async (made, client) => {
      client.write('GET /x HTTP/1.0\r\n\r\n')
      await made.settle()
      assert.equal(answers(client)[0]?.status, 200)
      assert.deepEqual(valuesOf(made.service.requests[0] as never, 'host'), ['127.0.0.1:1'])
    }))
})

describe('trailers', () => {
  const request = (fields: string): string =>
    `POST /x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n${fields}\r\n2\r\nhi\r\n0\r\nX-Sum: in\r\nX-Principal-Id: admin\r\n\r\n`
  const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: out\r\n\r\n'
  for (const [route, te, passed] of [[true, 'TE: trailers\r\nConnection: te\r\n', true], [true, '', false], [false, 'TE: trailers\r\nConnection: te\r\n', false], [false, '', false]] as const) {
    test(`${passed ? 'pass' : 'are dropped'} where the route says ${route} and the client ${te === '' ? 'nothing' : 'TE: trailers'}`, () =>
      withClient(says(answer), async (made, client) => {
        client.write(request(te))
        await made.settle()
        const [forwarded] = made.service.requests
        const [got] = answers(client)
        assert.deepEqual([got?.body, forwarded?.body], ['ok', 'hi'])
        assert.deepEqual(got?.trailers, passed ? [['x-sum', 'out']] : [])
        // The service takes trailers wherever the route lets them pass: it has not said that it does not.
        assert.deepEqual(forwarded?.trailers, route ? [['x-sum', 'in']] : [])
        assert.deepEqual(forwarded && valuesOf(forwarded, 'te'), passed ? ['trailers'] : [])
        assert.equal(made.gateway.upstreamOpen, 1)
      }, { trailers: route }))
  } // prettier-ignore
})

test('an answer without Date gets one, and one that has keeps its own', () =>
  withClient({ onRequest: ({ peer }, { target }) => peer.write(`HTTP/1.1 200 OK\r\n${target === '/x' ? '' : 'Date: Tue, 24 Nov 2026 08:00:00 GMT\r\n'}Content-Length: 0\r\n\r\n`) }, async (made, client) => {
    client.write(`${get('1.1')}GET /y HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
    await made.settle()
    const dates = answers(client).map((one) => valuesOf(one, 'date'))
    assert.deepEqual(dates, [[new Date(made.gateway.clock.wall()).toUTCString()], ['Tue, 24 Nov 2026 08:00:00 GMT']])
  })) // prettier-ignore
