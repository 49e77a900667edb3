// Connections to services that close just as they are used again (R3, R4), how long they stay (R5), and which may not be used twice.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Gateway } from '../harness/gateway.ts'
import { MemoryStage, statuses } from '../harness/memory-stage.ts'
import { connectTcp } from '../harness/peer.ts'
import type { Peer } from '../harness/peer.ts'
import { canaryAnswer, Service } from '../harness/service.ts'
import { raceReuse } from './reuse-race.ts'

const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`
const post = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 2\r\n\r\nhi`

test('R3 a reused connection that dies under a request costs no client an answer, in 2,000 races', async () => {
  const result = await raceReuse({ races: 2_000, callers: 16 })
  assert.ok(result.races >= 2_000, `only ${result.races} races`)
  assert.deepEqual(result.failed, [])
  assert.equal(result.replayed, 0)
})

describe('R3 a request is sent once more', () => {
  test('on a new connection, though others are idle', async () => {
    // Each connection answers once and takes its next request without a word.
    const stage = new MemoryStage({
      onRequest: (connection, request) => {
        if (connection.requests.length === 1) connection.peer.write(canaryAnswer(request))
        else connection.peer.reset()
      },
    })
    const clients = Array.from({ length: 5 }, () => stage.client())
    for (const client of clients) client.write(get('/first'))
    await stage.settle()
    assert.equal(stage.service.connections.length, 5)
    clients[0]?.write(get('/second'))
    await stage.settle()
    assert.deepEqual(statuses(clients[0] as Peer), [200, 200])
    assert.equal(stage.service.connections.length, 6)
    await stage.end()
  })

  test('and not again: a new connection that dies, too, is told with 502', async () => {
    const stage = new MemoryStage({
      onRequest: ({ peer, index }, request) =>
        index === 0 && request.target === '/first' ? peer.write(canaryAnswer(request)) : peer.reset(),
    })
    const client = stage.client()
    client.write(get('/first'))
    await stage.settle()
    client.write(get('/second'))
    await stage.settle()
    assert.deepEqual(statuses(client), [200, 502])
    assert.equal(stage.service.requests.filter(({ target }) => target === '/second').length, 2)
    assert.equal(stage.gateway.outcomeOf('/second')?.fault, 'upstream_reset')
    await stage.end()
  })

  test('never once a byte of an answer has come', async () => {
    const stage = new MemoryStage({
      onRequest: ({ peer }, request) => {
        peer.write(request.target === '/first' ? canaryAnswer(request) : 'HTTP/1.1 2')
        if (request.target !== '/first') peer.reset()
      },
    })
    const client = stage.client()
    client.write(get('/first') + get('/second'))
    await stage.settle()
    // Reset drops what was on its way; half a head that arrives first is written and ended instead.
    assert.equal(statuses(client)[1], 502)
    stage.service.script = {
      onRequest: ({ peer }) => {
        peer.write('HTTP/1.1 2')
        peer.end()
      },
    }
    const other = stage.client()
    other.write(get('/half'))
    await stage.settle()
    assert.deepEqual(statuses(other), [502])
    assert.equal(stage.service.requests.filter(({ target }) => target === '/half').length, 1)
    await stage.end()
  })
})

test('R4 a POST in the same race is never replayed: 502 with a reason of its own', async () => {
  await using service = await new Service({
    onRequest: (connection, request) => {
      if (connection.requests.length === 1) connection.peer.write(canaryAnswer(request))
      else connection.peer.reset()
    },
  }).listen()
  await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
  for (let i = 0; i < 20; i++) {
    const client = await connectTcp(gateway.port)
    client.write(get('/first'))
    await client.until(() => statuses(client).length === 1, 'the first answer')
    client.write(post(`/order-${i}`))
    await client.until(() => statuses(client).length === 2, 'the answer to the order')
    assert.equal(statuses(client)[1], 502)
    assert.match(client.received, /"code":"upstream_reset_unsafe"/)
    assert.equal(service.requests.filter(({ target }) => target === `/order-${i}`).length, 1)
    client.destroy()
  }
})

describe('R5 an idle connection', () => {
  const answering = (fields: string): MemoryStage =>
    new MemoryStage({ onRequest: ({ peer }) => peer.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`) })
  for (const [fields, lives] of [
    ['', 4_000],
    ['Keep-Alive: timeout=3\r\n', 2_500],
    ['Keep-Alive: timeout=3, max=100\r\n', 2_500],
    ['Keep-Alive: timeout=1\r\n', 1_000],
    ['Keep-Alive: timeout=0\r\n', 1_000],
    ['Keep-Alive: timeout=86400\r\n', 4_000],
    ['Keep-Alive: timeout=-1\r\n', 4_000],
    ['Keep-Alive: timeout=1e1\r\n', 4_000],
  ] as const) {
    test(`is given up after ${lives} ms when the service says ${fields.trim() || 'nothing'}`, async () => {
      const stage = answering(fields)
      const client = stage.client()
      client.write(get('/'))
      await stage.settle()
      await stage.advance(lives - 100)
      assert.equal(stage.gateway.upstreamOpen, 1)
      await stage.advance(200)
      assert.equal(stage.gateway.upstreamOpen, 0)
      await stage.end()
    })
  }

  test('of more than a second carries no request that may not be sent twice, and makes room for one that does', async () => {
    const stage = new MemoryStage(
      { onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) },
      { connections: { perEndpoint: 1 } },
    )
    const client = stage.client()
    client.write(post('/a'))
    await stage.settle()
    await stage.advance(500)
    client.write(post('/b'))
    await stage.settle()
    assert.equal(stage.service.connections.length, 1)
    await stage.advance(1_100)
    client.write(post('/c'))
    await stage.settle()
    assert.deepEqual(statuses(client), [200, 200, 200])
    assert.equal(stage.service.connections.length, 2)
    assert.equal(stage.gateway.upstreamOpen, 1)
    await stage.advance(1_100)
    client.write(get('/d'))
    await stage.settle()
    assert.equal(stage.service.connections.length, 2, 'a request that may be sent twice did not use it')
    await stage.end()
  })
})

test('R18 a connection whose service has closed its sending side is not used again', async () => {
  await using service = await new Service({
    onRequest: ({ peer }, request) => {
      peer.write(canaryAnswer(request))
      peer.end()
    },
  }).listen()
  await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
  const client = await connectTcp(gateway.port)
  for (let i = 1; i <= 20; i++) {
    client.write(get(`/${i}`))
    await client.until(() => statuses(client).length === i, 'an answer')
    if (i % 2 === 0) await setTimeout(2)
  }
  assert.ok(statuses(client).every((status) => status === 200))
  assert.ok(service.connections.every(({ requests }) => requests.length <= 2))
  client.destroy()
})
