// Interim answers and expectations: 100 from whoever reads the body, 103 passed on, a flood of either ended (wire policy 7, 12).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange, Handler } from '../../src/pipeline/handler.ts'
import { withClient } from '../harness/memory-stage.ts'
import type { MemoryStage } from '../harness/memory-stage.ts'
import type { MemoryPeer } from '../harness/peer.ts'
import type { ServiceConnection } from '../harness/service.ts'
import { readResponses } from '../harness/strict-message.ts'
import type { StrictResponse } from '../harness/strict-message.ts'

const EXPECT = 'POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'

const answers = (client: MemoryPeer): readonly StrictResponse[] => readResponses(client.received, [], client.ended).messages
const interims = (client: MemoryPeer): string[] =>
  [...client.received.matchAll(/^HTTP\/1\.1 (1\d\d)/gm)].map(([, status]) => status as string)

const only = (made: MemoryStage): ServiceConnection => made.service.connections[0] as ServiceConnection

describe('an expectation', () => {
  test('is forwarded, and the body held until the service says 100', () =>
    withClient({ onRequest: ({ peer }) => peer.write(OK) }, async (made, client) => {
      client.write(EXPECT)
      await made.settle()
      // A client that does not wait: its body is held all the same.
      client.write('body')
      await made.settle()
      const { peer } = only(made)
      assert.match(peer.received, /\r\nexpect: 100-continue\r\n/)
      assert.ok(peer.received.endsWith('\r\n\r\n'))
      assert.deepEqual(interims(client), [])
      peer.write('HTTP/1.1 100 Continue\r\n\r\n')
      await made.settle()
      assert.deepEqual(interims(client), ['100'])
      assert.equal(made.service.requests[0]?.body, 'body')
      assert.equal(answers(client)[0]?.body, 'ok')
      assert.equal(made.gateway.upstreamOpen, 1, 'the connection was not kept')
    }))

  test('that the service answers at once leaves the body unsent, and the connections end', () =>
    withClient(
      { onRequest() {}, onHead: ({ peer }) => peer.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n') },
      async (made, client) => {
        client.write(EXPECT)
        await made.settle()
        client.write('body')
        await made.settle()
        assert.equal(answers(client)[0]?.status, 417)
        assert.ok(client.ended)
        assert.ok(only(made).peer.received.endsWith('\r\n\r\n'), 'the body was sent')
        assert.equal(made.gateway.upstreamOpen, 0)
      },
    ))

  test('that nobody answers for a second lets the body go', () =>
    withClient({ onRequest: ({ peer }) => peer.write(OK) }, async (made, client) => {
      client.write(`${EXPECT}body`)
      await made.settle()
      await made.advance(900)
      assert.equal(made.service.requests.length, 0)
      await made.advance(200)
      assert.equal(made.service.requests[0]?.body, 'body')
      assert.equal(answers(client)[0]?.body, 'ok')
    }))

  test('of a 1.0 client is ignored', () =>
    withClient({ onRequest: ({ peer }) => peer.write(OK) }, async (made, client) => {
      client.write(`${EXPECT.replace('1.1', '1.0')}body`)
      await made.settle()
      assert.equal(made.service.requests[0]?.body, 'body')
      assert.doesNotMatch(only(made).peer.received, /expect/)
    }))

  test('is answered by the gateway where a policy reads the body', () => {
    // As a policy does: the whole body, before anything is forwarded.
    const read: string[] = []
    const reader: Handler = {
      handle(exchange: Exchange) {
        const body = exchange.body as unknown as {
          read(need: { max: number; as: 'bytes' }): Promise<{ body: { bytes: Buffer } | undefined }>
        }
        void body.read({ max: 100, as: 'bytes' }).then((result) => {
          read.push(result.body?.bytes.toString() ?? 'none')
          exchange.respond({ status: 200, fields: [], bodyLength: 0 }, true)
        })
      },
    }
    return withClient({ onRequest() {} }, async (made, client) => {
      client.write(EXPECT)
      await made.settle()
      assert.deepEqual(interims(client), ['100'])
      client.write('body')
      await made.settle()
      assert.deepEqual(read, ['body'])
      assert.deepEqual(answers(client).map(({ status }) => status), [200])
    }, { handler: reader }) // prettier-ignore
  })
})

describe('an interim answer', () => {
  test('is passed on: 103', () =>
    withClient({ onRequest: ({ peer }) => peer.write(HINTS + OK) }, async (made, client) => {
      client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      const [answer] = answers(client)
      assert.deepEqual(answer?.interim.map(({ line, fields }) => [line, ...fields]), [['HTTP/1.1 103 Early Hints', ['link', '</style.css>; rel=preload']]])
      assert.equal(answer?.body, 'ok')
      assert.equal(made.gateway.upstreamOpen, 1)
    })) // prettier-ignore

  test('reaches the client before the final one exists', () =>
    withClient({ onRequest: ({ peer }) => peer.write(HINTS) }, async (made, client) => {
      client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      assert.deepEqual(interims(client), ['103'])
      only(made).peer.write(OK)
      await made.settle()
      assert.equal(answers(client)[0]?.body, 'ok')
    }))

  test('is not passed to a 1.0 client', () =>
    withClient({ onRequest: ({ peer }) => peer.write(HINTS + OK) }, async (made, client) => {
      client.write('GET /x HTTP/1.0\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      assert.deepEqual(interims(client), [])
      assert.equal(answers(client)[0]?.status, 200)
    }))

  test('100 that nobody asked for is not passed on', () =>
    withClient({ onRequest: ({ peer }) => peer.write(`HTTP/1.1 100 Continue\r\n\r\n${OK}`) }, async (made, client) => {
      client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      assert.deepEqual(interims(client), [])
      assert.equal(answers(client)[0]?.body, 'ok')
    }))

  test('in HTTP/1.0, which has none, is a fault of the service', () =>
    withClient({ onRequest: ({ peer }) => peer.write(HINTS.replace('HTTP/1.1', 'HTTP/1.0') + OK) }, async (made, client) => {
      client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await made.settle()
      assert.deepEqual([interims(client), answers(client)[0]?.status, made.gateway.upstreamOpen], [[], 502, 0])
    }))

  for (const [count, status] of [[10, 200], [11, 502]] as const) {
    test(`${count} of them: ${status}`, () =>
      withClient({ onRequest: ({ peer }) => peer.write(HINTS.repeat(count) + OK) }, async (made, client) => {
        client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
        await made.settle()
        assert.equal(answers(client)[0]?.status, status)
        assert.equal(made.gateway.upstreamOpen, status === 200 ? 1 : 0)
      }))
  } // prettier-ignore
})
