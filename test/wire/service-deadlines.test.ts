// What a service has deadlines for: connecting, answering, streaming. Time is the test's own, and may jump where it has no business to.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { ManualClock } from '../../src/base/clock.ts'
import type { GatewayOptions } from '../harness/gateway.ts'
import { Gateway } from '../harness/gateway.ts'
import { codes, inMemory, statuses } from '../harness/memory-stage.ts'
import { connectMemory, connectTcp } from '../harness/peer.ts'
import type { Peer } from '../harness/peer.ts'
import { canaryAnswer, Service } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import type { Wire, WireHandler } from '../../src/net/wire.ts'

const GET = 'GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const silent: ServiceScript = { onRequest() {} }
const answering: ServiceScript = { onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }

/** A dialer whose wires come to nothing until `handler` is told by hand. */
function blackHole(): { dialer: NonNullable<GatewayOptions['dialer']>; open: Set<Wire> } {
  const open = new Set<Wire>()
  const dialer = {
    dial(_host: string, _port: number, handler: WireHandler): Wire {
      const over = (): void => void open.delete(wire)
      const wire: Wire = {
        handler,
        unsent: 0,
        remoteAddress: '',
        remotePort: 0,
        localPort: 0,
        writeText: () => true,
        writeChunk: () => true,
        writeFramed: () => true,
        pause() {},
        resume() {},
        end() {},
        destroy: over,
        reset: over,
      }
      open.add(wire)
      return wire
    },
  }
  return { dialer, open }
}

describe('R9 an endpoint that swallows connection attempts', () => {
  test('costs a request the connect timeout and leaves no descriptor behind', async () => {
    const { dialer, open } = blackHole()
    const clock = new ManualClock()
    await using gateway = await new Gateway({ dialer, clock, service: { connect: 1_000 } }).listen()
    const clients = await Promise.all(Array.from({ length: 50 }, () => connectTcp(gateway.port)))
    for (const client of clients) client.write(GET)
    while (open.size < 50) await setTimeout(1)
    gateway.advance(1_100)
    for (const client of clients) await client.until(() => statuses(client).length === 1, 'an answer')
    assert.deepEqual(new Set(clients.flatMap(codes)), new Set(['upstream_connect_timeout']))
    assert.deepEqual(
      clients.flatMap(statuses),
      Array.from({ length: 50 }, () => 504),
    )
    assert.equal(open.size, 0)
    assert.equal(gateway.upstreamOpen, 0)
    for (const client of clients) client.destroy()
  })
})

describe('R9 a route with a patience of its own', () => {
  for (const [own, late, soon] of [
    [300, 400, 200],
    [3_000, 3_100, 2_000],
  ] as const)
    test(`${own} ms where the service says 1000 ms`, async () => {
      const { dialer, open } = blackHole()
      const clock = new ManualClock()
      await using gateway = await new Gateway({ dialer, clock, service: { connect: 1_000 }, routeConnect: own }).listen()
      const client = await connectTcp(gateway.port)
      client.write(GET)
      while (open.size < 1) await setTimeout(1)
      gateway.advance(soon)
      await setTimeout(20)
      assert.deepEqual(statuses(client), [])
      gateway.advance(late - soon)
      await client.until(() => statuses(client).length === 1, 'an answer')
      assert.deepEqual(codes(client), ['upstream_connect_timeout'])
      gateway.advance(5_000)
      assert.equal(open.size, 0)
      client.destroy()
    })
})

describe('R12 a request that waits for a connection', () => {
  test('is told with 503 when its turn has not come by `timeouts.deadline`', () =>
    inMemory(silent, { service: { response: 60_000, deadline: 3_000 }, connections: { perEndpoint: 1 } }, async (stage) => {
      const [first, second] = [stage.client(), stage.client()]
      // Its answer has begun, and may take as long as it moves.
      first.write(GET)
      await stage.settle()
      stage.service.connections[0]?.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
      second.write(GET)
      await stage.settle()
      await stage.advance(2_900)
      assert.deepEqual(statuses(second), [])
      await stage.advance(200)
      assert.deepEqual([statuses(second), codes(second)], [[503], ['overloaded']])
      assert.equal(stage.service.connections.length, 1)
      stage.service.connections[0]?.peer.write('defghi')
      await stage.settle()
      assert.match(first.received, /abcdefghi$/)
    }))
})

describe('R10 a service that accepts and never answers', () => {
  test('is told with 504 after `timeouts.response`, and its connection is over', () =>
    inMemory(silent, { service: { response: 2_000 } }, async (stage) => {
      const client = stage.client()
      client.write(GET)
      await stage.settle()
      await stage.advance(1_900)
      assert.deepEqual(statuses(client), [])
      await stage.advance(200)
      assert.deepEqual([statuses(client), codes(client)], [[504], ['upstream_response_timeout']])
      assert.equal(stage.gateway.upstreamOpen, 0)
    }))

  test('is told with 504 after `timeouts.deadline`, whatever a second attempt may have left', () => {
    let first = true
    // The first attempt dies late; the second never answers.
    return inMemory(silent, { service: { response: 2_000, deadline: 3_000 } }, async (stage) => {
      const client = stage.client()
      client.write(GET)
      await stage.settle()
      await stage.advance(1_900)
      if (first) stage.service.connections[0]?.peer.reset()
      first = false
      await stage.settle()
      assert.equal(stage.service.requests.length, 2)
      await stage.advance(1_000)
      assert.deepEqual(statuses(client), [])
      await stage.advance(200)
      assert.deepEqual([statuses(client), codes(client)], [[504], ['upstream_deadline']])
    })
  })

  test('has `timeouts.stream` for each stretch of its answer, and is cut off after it', () =>
    inMemory(
      { onRequest: ({ peer }) => peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n') },
      { service: { response: 1_000, deadline: 2_000, stream: 5_000 } },
      async (stage) => {
        const client = stage.client()
        client.write(GET)
        await stage.settle()
        const { peer } = stage.service.connections[0] as { peer: Peer }
        for (let i = 0; i < 5; i++) {
          await stage.advance(4_800)
          peer.write('1\r\nb\r\n')
          await stage.settle()
        }
        assert.equal(client.closed, undefined, 'deadlines of the head hold for the body')
        await stage.advance(5_200)
        assert.equal(client.closed, 'ECONNRESET')
        assert.ok(!client.received.endsWith('0\r\n\r\n'))
        assert.equal(stage.gateway.outcomeOf('/x')?.fault, 'upstream_stalled')
      },
    ))

  test('is told within 50 ms that its client has left', async () => {
    await using service = await new Service(silent).listen()
    await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
    for (const leave of ['reset', 'destroy'] as const) {
      const client = await connectTcp(gateway.port)
      client.write(GET)
      const asked = service.requests.length
      await client.until(() => service.requests.length > asked, 'the request', 20).catch(() => {})
      const connection = service.connections.at(-1)
      await connection?.peer.until(() => service.requests.length > asked, 'the request')
      if (leave === 'reset') client.reset()
      else {
        // A close over unread bytes is a reset, as the system makes it.
        connection?.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nhalf')
        await client.until(() => client.received.includes('half'), 'half an answer')
        client.pause()
        connection?.peer.write('more')
        client.socket.resetAndDestroy()
      }
      const left = performance.now()
      await connection?.peer.until(() => connection.peer.ended || connection.peer.closed !== undefined, 'the end of its connection')
      assert.ok(performance.now() - left < 50, `${performance.now() - left} ms after ${leave}`)
    }
    assert.equal(gateway.upstreamOpen, 0)
  })
})

describe('R44 a clock that jumps', () => {
  for (const jump of [3_600_000, -3_600_000]) {
    test(`by ${jump > 0 ? '+' : '-'}1 h moves no deadline`, () =>
      inMemory(answering, { timeouts: { head: 10_000, keepAlive: 60_000 }, service: { response: 2_000 } }, async (stage) => {
        const client = stage.client()
        const dripping = stage.client()
        client.write(GET)
        dripping.write('GET /x')
        await stage.settle()
        ;(stage.gateway.clock as ManualClock).jump(jump)
        await stage.advance(100)
        assert.deepEqual([client.ended, dripping.ended, stage.gateway.upstreamOpen], [false, false, 1])
        stage.service.script = silent
        client.write(GET)
        await stage.settle()
        ;(stage.gateway.clock as ManualClock).jump(-jump)
        await stage.advance(1_800)
        assert.deepEqual(statuses(client), [200])
        await stage.advance(300)
        assert.deepEqual(statuses(client), [200, 504])
        await stage.advance(8_000)
        assert.deepEqual(statuses(dripping), [408])
        for (const { outcome } of stage.gateway.ended) assert.ok(outcome.duration >= 0 && outcome.duration < 10_000)
      }))
  }
})

describe('R45 no local port left', () => {
  test('requests go on connections that stand, else 503 with the reason; later ones find ports again', () => {
    let exhausted = false
    return inMemory(answering, {}, async (stage) => {
      const real = stage.service.dialer(stage.network)
      const none = blackHole().dialer
      const dialer = {
        dial(host: string, port: number, handler: WireHandler): Wire {
          if (!exhausted) return real.dial(host, port, handler)
          queueMicrotask(() => handler.onClose('EADDRNOTAVAIL'))
          return none.dial(host, port, handler)
        },
      }
      const gateway = new Gateway({ dialer, clock: new ManualClock() })
      const ask = async (client: Peer): Promise<void> => {
        client.write(GET)
        await stage.settle()
      }
      const first = connectMemory(stage.network, (wire) => gateway.connect(wire))
      const second = connectMemory(stage.network, (wire) => gateway.connect(wire))
      await ask(first)
      exhausted = true
      await ask(first)
      assert.deepEqual(statuses(first), [200, 200])
      stage.service.script = silent
      first.write(GET)
      await ask(second)
      assert.deepEqual([statuses(second), codes(second)], [[503], ['ports_exhausted']])
      assert.match(second.received, /retry-after: 1\r\n/)
      exhausted = false
      stage.service.script = answering
      await ask(second)
      assert.deepEqual(statuses(second), [503, 200])
      await gateway.end()
    })
  })
})
