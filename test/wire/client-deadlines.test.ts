// What a client has deadlines for: heads, bodies, and reading its answer. Time is the test's own.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codes, inMemory, statuses } from '../harness/memory-stage.ts'
import type { MemoryStage } from '../harness/memory-stage.ts'
import type { MemoryPeer, Peer } from '../harness/peer.ts'
import { canaryAnswer } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import { readResponses } from '../harness/strict-message.ts'
import type { Wire } from '../../src/net/wire.ts'

const GET = 'GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const silent: ServiceScript = { onRequest() {} }
const answering: ServiceScript = { onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }

const large: ServiceScript = {
  onRequest: ({ peer }) => peer.write(`HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n${'x'.repeat(400_000)}`),
}

/** Runs `run` with a client that has a large answer, its last, on the way and reads none of it. */
const withQueuedAnswer = (run: (stage: MemoryStage, client: MemoryPeer) => Promise<void>): Promise<void> =>
  inMemory(large, { timeouts: { write: 10_000 } }, async (stage) => {
    const client = stage.client()
    client.pause()
    client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n')
    await stage.settle()
    await run(stage, client)
  })

describe('R15 a head', () => {
  test('has one absolute deadline: dripping does not move it (A18)', () =>
    inMemory(answering, { timeouts: { head: 10_000 } }, async (stage) => {
      const client = stage.client()
      client.write('GET /x HTTP/1.1\r\n')
      for (let i = 0; i < 9; i++) {
        await stage.settle()
        await stage.advance(1_000)
        client.write(`X-${i}: y\r\n`)
      }
      await stage.settle()
      assert.deepEqual(statuses(client), [])
      await stage.advance(1_100)
      assert.deepEqual([statuses(client), codes(client)], [[408], ['head_timeout']])
      await stage.advance(1_100)
      assert.deepEqual([client.ended, stage.gateway.plane.connections], [true, 0])
    }))

  test('that never begins ends the connection without a word', () =>
    inMemory(answering, { timeouts: { head: 10_000 } }, async (stage) => {
      const client = stage.client()
      await stage.advance(10_100)
      assert.ok(client.ended)
      assert.equal(client.received, '')
    }))

  test('after the first has `timeouts.keepAlive` to begin, and `timeouts.head` from its first byte', () =>
    inMemory(answering, { timeouts: { head: 10_000, keepAlive: 60_000 } }, async (stage) => {
      const client = stage.client()
      client.write(GET)
      await stage.settle()
      await stage.advance(59_000)
      client.write('GET')
      await stage.settle()
      await stage.advance(9_900)
      assert.deepEqual(statuses(client), [200])
      await stage.advance(200)
      assert.deepEqual(statuses(client), [200, 408])
      const idle = stage.client()
      idle.write(GET)
      await stage.settle()
      await stage.advance(60_100)
      assert.ok(idle.ended)
      assert.deepEqual(statuses(idle), [200])
    }))
})

describe('R15 a body', () => {
  const post = (length: number): string => `POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: ${length}\r\n\r\n`

  test('brings 1 KiB in each `timeouts.body`, or 408 and the end (A18)', () =>
    inMemory(answering, { timeouts: { body: 10_000 } }, async (stage) => {
      const client = stage.client()
      client.write(post(100_000))
      await stage.settle()
      for (let i = 0; i < 5; i++) {
        client.write('x'.repeat(1_100))
        await stage.settle()
        await stage.advance(9_900)
      }
      assert.deepEqual(statuses(client), [])
      // One byte a second is not enough.
      for (let i = 0; i < 21; i++) {
        client.write('x')
        await stage.settle()
        await stage.advance(1_000)
      }
      assert.deepEqual([statuses(client), codes(client)], [[408], ['body_timeout']])
      assert.equal(stage.gateway.upstreamOpen, 0, 'the service was left with half a request')
      await stage.advance(1_100)
      assert.notEqual(client.closed, undefined)
    }))

  test("is not held to a pace once the answer's head is sent", () =>
    inMemory({ onRequest() {}, onHead: ({ peer }) => peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n') }, { timeouts: { body: 10_000 }, service: { stream: 100_000 } }, async (stage) => {
      const client = stage.client()
      client.write(post(100_000))
      await stage.settle()
      await stage.advance(50_000)
      assert.equal(client.closed, undefined)
      assert.ok(client.received.includes('hi'))
    })) // prettier-ignore

  test('waits as long as the service does not take it', () =>
    inMemory(silent, { timeouts: { body: 10_000 }, service: { stream: 300_000 } }, async (stage) => {
      const client = stage.client()
      client.write(post(50_000_000))
      await stage.settle()
      const { peer } = stage.service.connections[0] as { peer: Peer }
      peer.pause()
      for (let i = 0; i < 40; i++) client.write(Buffer.alloc(65_536, 'x'))
      await stage.settle()
      await stage.advance(60_000)
      assert.equal(client.closed, undefined, 'a pause that the service made was held against the client')
      assert.deepEqual(statuses(client), [])
    }))

  test('that comes after a pause is never read as a request (A5)', () =>
    inMemory(answering, { timeouts: { body: 10_000 } }, async (stage) => {
      const client = stage.client()
      client.write(post(40))
      await stage.settle()
      await stage.advance(21_000)
      assert.deepEqual(statuses(client), [408])
      client.write('GET /smuggled HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await stage.settle()
      assert.deepEqual(statuses(client), [408])
      assert.ok(!stage.service.requests.some(({ target }) => target === '/smuggled'))
    }))
})

describe('R16 a client that does not read', () => {
  const MIB = 1_048_576
  const flood: ServiceScript = {
    onRequest: ({ peer }) => {
      peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${8 * MIB}\r\n\r\n`)
      for (let i = 0; i < 128; i++) peer.write(Buffer.alloc(65_536, 'x'))
    },
  }

  test('has the service paused, and after `timeouts.write` both connections are reset (A18)', () =>
    inMemory(flood, { timeouts: { write: 10_000 } }, async (stage) => {
      const client = stage.client()
      client.pause()
      client.write(GET)
      await stage.settle()
      const { wire } = stage.service.connections[0]!.peer as unknown as { wire: Wire }
      assert.ok(wire.unsent > 6 * MIB, `the gateway took ${8 * MIB - wire.unsent} bytes`)
      await stage.advance(9_000)
      assert.equal(stage.gateway.upstreamOpen, 1)
      await stage.advance(2_000)
      assert.equal(stage.gateway.upstreamOpen, 0)
      assert.equal(client.closed, 'ECONNRESET')
      assert.equal(stage.gateway.outcomeOf('/x')?.fault, 'write_timeout')
    }))

  test('but takes 1 KiB in each `timeouts.write` keeps its answer', () =>
    inMemory(flood, { timeouts: { write: 10_000 }, service: { stream: 300_000 } }, async (stage) => {
      const client = stage.client()
      let received = 0
      client.onChunk = (chunk) => {
        received += chunk.length
        client.pause()
      }
      client.write(GET)
      await stage.settle()
      for (let i = 0; i < 20; i++) {
        await stage.advance(9_000)
        client.resume()
        await stage.settle()
      }
      assert.equal(client.closed, undefined)
      assert.ok(received > 20 * 1_024 && received < 4 * MIB)
      client.onChunk = (chunk) => void (received += chunk.length)
      client.resume()
      await stage.settle()
      assert.ok(received > 8 * MIB)
    }))

  test('for a while gets the rest of its last answer, too', () =>
    withQueuedAnswer(async (stage, client) => {
      await stage.advance(5_000)
      client.resume()
      await stage.settle()
      assert.equal(readResponses(client.received, ['GET'], client.ended).messages[0]?.body.length, 400_000)
      // Then the wait for its FIN is short.
      await stage.advance(1_100)
      assert.equal(stage.gateway.plane.connections, 0)
    }))

  test('and whose last answer is queued is held to the pace after its end, too', () =>
    withQueuedAnswer(async (stage) => {
      await stage.advance(30_000)
      assert.equal(stage.gateway.plane.connections, 0)
    }))
})
