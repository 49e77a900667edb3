// Messages whose ends come apart: half-closed clients and services, answers before the request is whole, resets in the middle. Over sockets.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Gateway } from '../harness/gateway.ts'
import { connectTcp } from '../harness/peer.ts'
import type { Peer, SocketPeer } from '../harness/peer.ts'
import { canaryAnswer, Service } from '../harness/service.ts'
import type { ServiceConnection, ServiceScript } from '../harness/service.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'
import type { StrictResponse } from '../harness/strict-message.ts'
import { poisonReads } from '../../src/net/read-buffer.ts'

const answers = (peer: Peer): readonly StrictResponse[] => readResponses(peer.received, [], peer.ended).messages

interface World {
  readonly client: SocketPeer
  readonly service: Service
  readonly gateway: Gateway
  /** The connection that the request came on, once some of it has. */
  readonly upstream: () => Promise<ServiceConnection>
}

async function world(script: ServiceScript, run: (world: World) => Promise<void>): Promise<void> {
  await using service = await new Service(script).listen()
  await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
  const client = await connectTcp(gateway.port)
  const upstream = async (): Promise<ServiceConnection> => {
    for (;;) {
      const connection = service.connections.at(-1)
      if (connection?.peer.received.includes('\r\n\r\n') === true) return connection
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await run({ client, service, gateway, upstream })
  client.destroy()
}

const whole = (client: Peer): Promise<void> => client.until(() => answers(client).length === 1, 'an answer')
const POST = 'POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 100000\r\n\r\nsome of it'
const CHUNKED_POST = 'POST /x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n'

before(() => poisonReads(true))
after(() => poisonReads(false))

describe('R17 a client that half-closes after its request', () => {
  for (const request of ['GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n', 'POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 4\r\n\r\nbody', 'POST /x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n']) {
    test(`gets the whole answer: ${request.slice(0, request.indexOf(' '))} ${request.length}`, () =>
      world({ onRequest() {} }, async ({ client, upstream }) => {
        client.write(request)
        client.end()
        const { peer } = await upstream()
        // The FIN is long there when the answer begins, and the answer takes its time.
        await new Promise((resolve) => setTimeout(resolve, 20))
        assert.ok(!peer.ended && peer.closed === undefined, 'the service was told that nobody waits')
        peer.write('HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n')
        for (let i = 0; i < 3; i++) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          peer.write('x'.repeat(100_000))
        }
        await whole(client)
        assert.equal(answers(client)[0]?.body.length, 300_000)
        await client.until(() => client.ended, 'the end')
        assert.notEqual(client.closed, 'ECONNRESET')
      }))
  } // prettier-ignore

  test('gets every answer to what it had sent ahead', () =>
    world({ onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }, async ({ client }) => {
      client.write(Array.from({ length: 5 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: gw.test\r\n\r\n`).join(''))
      client.end()
      await client.until(() => client.ended, 'the end')
      assert.deepEqual(answers(client).map(({ body }) => body), ['GET /0 -', 'GET /1 -', 'GET /2 -', 'GET /3 -', 'GET /4 -'])
    })) // prettier-ignore
})

describe('R18 R20 an answer before the request is whole', () => {
  const early: ServiceScript = {
    onRequest() {},
    onHead: ({ peer }) => peer.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge'),
  }
  for (const [what, request] of [['counted', POST], ['chunked', CHUNKED_POST]] as const) {
    test(`is delivered, ends the upload and the connection: ${what}`, () =>
      world(early, async ({ client, gateway, upstream }) => {
        client.write(request)
        const { peer } = await upstream()
        await whole(client)
        const [answer] = answers(client)
        assert.deepEqual([answer?.status, answer?.body, answer && valueOf(answer, 'connection')], [413, 'large', 'close'])
        // The rest of the upload goes nowhere.
        const received = peer.received.length
        client.write(request.includes('chunked') ? '5\r\nafter\r\n0\r\n\r\n' : 'x'.repeat(1_000))
        await peer.until(() => peer.ended || peer.closed !== undefined, 'the end of the connection to the service')
        assert.equal(peer.received.length, received)
        await client.until(() => client.ended, 'the end')
        assert.equal(gateway.upstreamOpen, 0)
      }))

    test(`with FIN behind it is delivered, and the connection not used again: ${what}`, () =>
      world(early, async ({ client, service, upstream }) => {
        service.script = { ...early, onHead: ({ peer }) => { peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'); peer.end() } } // prettier-ignore
        client.write(request)
        const { peer } = await upstream()
        await whole(client)
        assert.equal(answers(client)[0]?.body, 'ok')
        await peer.until(() => peer.ended || peer.closed !== undefined, 'the end of the connection to the service')
      }))
  } // prettier-ignore

  test('by a service that closes without a word is 502, once, and never sent again', () =>
    world({ onRequest() {}, onHead: ({ peer }) => peer.end() }, async ({ client, service }) => {
      client.write(POST)
      await whole(client)
      assert.equal(answers(client)[0]?.status, 502)
      assert.equal(service.connections.length, 1)
    }))

  test('a client that has not stopped writing still gets to read it (wire policy 10)', () =>
    world(early, async ({ client }) => {
      client.write(POST)
      let sent = 0
      const more = setInterval(() => {
        client.write('x'.repeat(2_000))
        sent++
      }, 2)
      await whole(client)
      await client.until(() => client.ended, 'the end')
      clearInterval(more)
      assert.equal(answers(client)[0]?.status, 413)
      assert.ok(sent < 200)
    }))
})

describe('R19 a service that is cut off in the middle of a body', () => {
  const heads = {
    counted: 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n',
    chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n',
  }
  for (const [framing, head] of Object.entries(heads)) {
    for (const how of ['RST', 'FIN'] as const) {
      test(`never ends a client's message cleanly: ${framing}, ${how}`, () =>
        world({ onRequest: ({ peer }) => peer.write(`${head}${'x'.repeat(5_000)}`) }, async ({ client, gateway, upstream }) => {
          client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
          const { peer } = await upstream()
          await client.until(() => client.received.includes('xxx'), 'some of the body')
          if (how === 'RST') peer.reset()
          else peer.end()
          await client.untilClosed()
          assert.equal(client.closed, 'ECONNRESET')
          assert.deepEqual(answers(client), [])
          assert.ok(!client.received.includes('\r\n0\r\n'))
          assert.equal(gateway.outcomeOf('/x')?.fault, 'upstream_truncated')
        }))
    }
  }

  test('towards a 1.0 client, whose message would end with the connection: RST', () =>
    world({ onRequest: ({ peer }) => peer.write(`${heads.chunked}${'x'.repeat(5_000)}`) }, async ({ client, upstream }) => {
      client.write('GET /x HTTP/1.0\r\nHost: gw.test\r\n\r\n')
      const { peer } = await upstream()
      await client.until(() => client.received.includes('xxx'), 'some of the body')
      peer.end()
      await client.untilClosed()
      assert.equal(client.closed, 'ECONNRESET')
    }))

  test('before the last chunk alone is cut off, too', () =>
    world(
      { onRequest: ({ peer }) => peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n') },
      async ({ client, upstream }) => {
        client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
        const { peer } = await upstream()
        await client.until(() => client.received.includes('ok'), 'some of the body')
        peer.end()
        await client.untilClosed()
        assert.deepEqual(answers(client), [])
      },
    ))
})

describe('a client whose body breaks', () => {
  for (const [what, break_] of [['RST', (client: Peer) => client.reset()], ['FIN', (client: Peer) => client.end()], ['a bad chunk', (client: Peer) => client.write('zz\r\n')]] as const) {
    test(`leaves the service with no whole request: ${what}`, () =>
      world({ onRequest() {} }, async ({ client, service, gateway, upstream }) => {
        client.write(CHUNKED_POST)
        const { peer } = await upstream()
        await peer.until(() => peer.received.includes('some'), 'some of the body')
        break_(client)
        await peer.until(() => peer.ended || peer.closed !== undefined, 'the end of the connection to the service')
        assert.equal(service.requests.length, 0)
        if (what === 'RST') return
        await client.until(() => client.ended, 'the end')
        assert.equal(answers(client)[0]?.status, 400)
        assert.equal(gateway.upstreamOpen, 0)
      }))
  } // prettier-ignore
})
