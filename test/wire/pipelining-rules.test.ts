// Upstream pipelining against a service that keeps its rules (wire.md): who may share a connection, how many, and what one caller's delay,
// pause or leaving does to the others.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Caller } from './pipelined-stage.ts'
import { PipelinedStage } from './pipelined-stage.ts'

const own = (name: string): string[] => [`200 GET /${name} ${name}`]

describe('a pipelined connection', () => {
  test('gets the requests of one turn in one write and answers them in order', async () => {
    await using stage = await PipelinedStage.warm()
    const chunks: number[] = []
    const { peer } = stage.lane
    const look = peer.onChange
    peer.onChange = () => {
      chunks.push(peer.received.length)
      look()
    }
    const callers = await stage.ask('a', 'b', 'c')
    assert.equal(chunks.length, 1)
    assert.equal(stage.held.length, 3)
    await stage.write(stage.answersOf(2))
    assert.deepEqual(
      callers.map(({ got }) => got),
      [own('a'), own('b'), []],
    )
    await stage.write(stage.answersOf(1))
    assert.deepEqual(callers[2]?.got, own('c'))
    assert.equal(stage.faults, 0)
  })

  test('carries `depth` requests and no more; the others go by themselves', async () => {
    await using stage = await PipelinedStage.warm({ depth: 4 })
    const names = Array.from({ length: 10 }, (_, i) => `n${i}`)
    const callers = await stage.ask(...names)
    assert.equal(stage.held.length, 4)
    for (const caller of callers.slice(4)) assert.deepEqual(caller.got, own(caller.name))
  })

  test('takes no request beyond `concurrency.max`', async () => {
    await using stage = await PipelinedStage.warm({ concurrency: { max: 2, pending: 10 } })
    const callers = await stage.ask('a', 'b', 'c', 'd')
    assert.equal(stage.held.length, 2)
    assert.deepEqual(
      callers.slice(2).map(({ got }) => got),
      [[], []],
      'a third request was under way',
    )
    await stage.write(stage.answersOf(2))
    for (const caller of callers) assert.deepEqual(caller.got, own(caller.name))
  })

  test('is closed before the service loses patience with it (R5)', async () => {
    await using stage = await PipelinedStage.warm({ connections: { idle: 4_000 } })
    await stage.stage.advance(3_900)
    assert.ok(!stage.laneOver)
    await stage.stage.advance(200)
    assert.ok(stage.laneOver)
    assert.equal(stage.faults, 0)
  })

  test('is closed within what Keep-Alive promises (R5)', async () => {
    await using stage = await PipelinedStage.warm({ connections: { idle: 4_000 } })
    await stage.ask('a')
    await stage.write(stage.answersOf(1, 'Keep-Alive: timeout=2\r\n'))
    await stage.stage.advance(1_600)
    assert.ok(stage.laneOver)
  })
})

describe('never shares a connection:', () => {
  const never: readonly (readonly [what: string, method: string, fields: string, body: string])[] = [
    ['HEAD', 'HEAD', '', ''],
    ['POST', 'POST', 'Content-Length: 1\r\n', 'x'],
    ['PUT without a body', 'PUT', 'Content-Length: 0\r\n', ''],
    ['DELETE', 'DELETE', '', ''],
    ['GET with a body', 'GET', 'Content-Length: 1\r\n', 'x'],
    ['OPTIONS with a body', 'OPTIONS', 'Transfer-Encoding: chunked\r\n', '1\r\nx\r\n0\r\n\r\n'],
    ['If-None-Match', 'GET', 'If-None-Match: "x"\r\n', ''],
    ['If-Match', 'GET', 'If-Match: "x"\r\n', ''],
    ['If-Modified-Since', 'GET', 'If-Modified-Since: Tue, 24 Nov 2026 08:00:00 GMT\r\n', ''],
    ['If-Unmodified-Since', 'GET', 'If-Unmodified-Since: Tue, 24 Nov 2026 08:00:00 GMT\r\n', ''],
    ['Range', 'GET', 'Range: bytes=0-1\r\n', ''],
    ['If-Range', 'GET', 'If-Range: "x"\r\n', ''],
    ['Authorization', 'GET', 'AUTHORIZATION: Basic YTpi\r\n', ''],
    ['Cookie', 'GET', 'cookie: a=b\r\n', ''],
    ['Upgrade', 'GET', 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n', ''],
    ['Expect', 'GET', 'Expect: 100-continue\r\nContent-Length: 1\r\n', 'x'],
    ['TE: trailers', 'GET', 'TE: trailers\r\n', ''],
  ] // prettier-ignore
  for (const [what, method, fields, body] of never) {
    test(what, async () => {
      await using stage = await PipelinedStage.warm()
      const caller = stage.caller('alone')
      caller.ask(method, fields, body)
      await stage.stage.settle()
      // A body that is expected to be held leaves after a second.
      await stage.stage.advance(1_100)
      assert.deepEqual(stage.seen('alone'), [0, 1])
    })
  }

  test('and shares one: GET and OPTIONS', async () => {
    await using stage = await PipelinedStage.warm()
    for (const method of ['GET', 'OPTIONS']) {
      const caller = stage.caller(method)
      caller.ask(method)
      await stage.stage.settle()
      assert.deepEqual(stage.seen(method), [1, 0])
    }
  })
})

describe('behind a slow answer', () => {
  test('nothing is queued once it is older than almost all are', async () => {
    await using stage = await PipelinedStage.warm()
    const [slow] = (await stage.ask('slow')) as [Caller]
    assert.equal(stage.held.length, 1)
    await stage.stage.advance(1_000)
    const [next] = (await stage.ask('next')) as [Caller]
    assert.deepEqual(stage.seen('next'), [0, 1])
    assert.deepEqual(next.got, own('next'))
    await stage.write(stage.answersOf(1))
    assert.deepEqual(slow.got, own('slow'))
  })

  test('each request has its own response timeout, however busy the connection is', async () => {
    await using stage = await PipelinedStage.warm({ service: { response: 1_000 } })
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`)
    const [first] = (await stage.ask(names[0] as string)) as [Caller]
    const callers = [first]
    // There is always one in flight, and none of them waits longer than 100 ms.
    for (const name of names.slice(1)) {
      await stage.stage.advance(100)
      callers.push(...(await stage.ask(name)))
      await stage.write(stage.answersOf(1))
    }
    await stage.write(stage.answersOf(stage.held.length))
    for (const caller of callers) assert.deepEqual(caller.got, own(caller.name))
  })

  test('the first to time out hears of it and the others go elsewhere', async () => {
    await using stage = await PipelinedStage.warm({ service: { response: 1_000 } })
    const callers = await stage.ask('a', 'b')
    await stage.stage.advance(1_100)
    const [a, b] = callers as [Caller, Caller]
    assert.match(a.got[0] ?? '', /^504 .*upstream_response_timeout/)
    assert.deepEqual(b.got, own('b'))
    assert.equal(stage.faults, 0)
  })

  test('one whose turn does not come in time hears of it, and the answer that is under way goes on', async () => {
    await using stage = await PipelinedStage.warm({ service: { response: 1_000 } })
    const [a, b] = (await stage.ask('a', 'b')) as [Caller, Caller]
    const whole = stage.answersOf(1)
    const cut = whole.length - 3
    await stage.write(whole.slice(0, cut))
    await stage.stage.advance(1_100)
    assert.match(b.got[0] ?? '', /^504 /)
    await stage.write(whole.slice(cut))
    assert.deepEqual(a.got, own('a'))
    // The answer that came too late is read and dropped.
    await stage.write(stage.answersOf(1))
    assert.equal(b.got.length, 1)
    const [c] = (await stage.ask('c')) as [Caller]
    assert.deepEqual(stage.seen('c'), [1, 0])
    await stage.write(stage.answersOf(1))
    assert.deepEqual(c.got, own('c'))
    assert.equal(stage.faults, 0)
  })
})

describe('a client that leaves', () => {
  test('takes the connection along when nobody else is on it (R10)', async () => {
    await using stage = await PipelinedStage.warm()
    const [a] = (await stage.ask('a')) as [Caller]
    a.peer.reset()
    await stage.stage.settle()
    assert.ok(stage.laneOver)
    assert.equal(stage.faults, 0)
  })

  test('leaves its answer to nobody and the others theirs', async () => {
    await using stage = await PipelinedStage.warm()
    const [a, b, c] = (await stage.ask('a', 'b', 'c')) as [Caller, Caller, Caller]
    a.peer.reset()
    b.peer.reset()
    await stage.stage.settle()
    assert.ok(!stage.laneOver)
    await stage.write(stage.answersOf(3))
    assert.deepEqual(c.got, own('c'))
    assert.equal(stage.faults, 0)
  })

  test('holds nobody up for longer than a second', async () => {
    await using stage = await PipelinedStage.warm()
    const [a, b] = (await stage.ask('a', 'b')) as [Caller, Caller]
    a.peer.reset()
    await stage.stage.settle()
    assert.deepEqual(b.got, [])
    await stage.stage.advance(1_100)
    assert.deepEqual(b.got, own('b'))
    assert.deepEqual(stage.seen('b'), [1, 1])
    assert.ok(stage.laneOver)
  })

  test('before its turn in a queue whose first is slow frees nobody and breaks nothing', async () => {
    await using stage = await PipelinedStage.warm()
    const [a, b, c] = (await stage.ask('a', 'b', 'c')) as [Caller, Caller, Caller]
    b.peer.reset()
    await stage.stage.settle()
    await stage.stage.advance(5_000)
    assert.ok(!stage.laneOver)
    await stage.write(stage.answersOf(3))
    assert.deepEqual([a.got, c.got], [own('a'), own('c')])
  })
})

describe('a client that reads slowly', () => {
  test('keeps the connection to itself: who waits behind it goes elsewhere', async () => {
    await using stage = await PipelinedStage.warm()
    const [slow, next] = (await stage.ask('slow', 'next')) as [Caller, Caller]
    slow.peer.pause()
    const size = 2_000_000
    stage.held.shift()
    await stage.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)
    assert.deepEqual(next.got, own('next'))
    assert.deepEqual(stage.seen('next'), [1, 1])
    const [later] = (await stage.ask('later')) as [Caller]
    assert.deepEqual(later.got, own('later'), 'queued behind a client that does not read')
    slow.peer.resume()
    await stage.stage.settle()
    assert.equal(slow.got[0]?.length, size + 4)
    assert.ok(stage.laneOver)
    assert.equal(stage.faults, 0)
  })
})
