// Upstream pipelining against services that break its rules (wire.md): each oddity ends the shared connection, everybody who has no answer
// is sent once more elsewhere and gets its own, and the service goes without pipelining for a while.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Caller, PipelinedOptions } from './pipelined-stage.ts'
import { PipelinedStage } from './pipelined-stage.ts'

const NAMES = ['a', 'b', 'c']
const own = (name: string): string[] => [`200 GET /${name} ${name}`]

interface Oddity {
  readonly what: string
  /** What the shared connection does with three requests in flight. */
  readonly act: (stage: PipelinedStage) => Promise<void>
  /** How many answers were whole before it. */
  readonly answered: number
  /** The client whose answer had begun sees this; everybody else its own answer. */
  readonly begun?: readonly string[]
  readonly options?: PipelinedOptions
}

const says =
  (bytes: string, answered = 0): Oddity['act'] =>
  async (stage) =>
    stage.write(stage.answersOf(answered) + bytes)

const oddities: readonly Oddity[] = [
  { what: 'bytes behind the last answer', act: (stage) => stage.write(`${stage.answersOf(3)}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`), answered: 3 },
  { what: 'a single byte behind the last answer', act: (stage) => stage.write(`${stage.answersOf(3)}\n`), answered: 3 },
  { what: 'too few answers and FIN', act: async (stage) => { await stage.write(stage.answersOf(1)); stage.lane.peer.end(); await stage.stage.settle() }, answered: 1 },
  { what: 'RST before any answer', act: async (stage) => { stage.lane.peer.reset(); await stage.stage.settle() }, answered: 0 },
  { what: 'RST between two answers', act: async (stage) => { await stage.write(stage.answersOf(2)); stage.lane.peer.reset(); await stage.stage.settle() }, answered: 2 },
  { what: '103', act: says('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'), answered: 0 },
  { what: '100', act: says('HTTP/1.1 100 Continue\r\n\r\n'), answered: 0 },
  { what: '101', act: says('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', 1), answered: 1 },
  { what: '204', act: says('HTTP/1.1 204 No Content\r\n\r\n', 1), answered: 1 },
  { what: '205', act: says('HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n'), answered: 0 },
  { what: '304', act: says('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'), answered: 0 },
  { what: 'an answer without a length', act: says('HTTP/1.1 200 OK\r\n\r\nevil', 1), answered: 1 },
  { what: 'a malformed head', act: says('HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nevil', 1), answered: 1 },
  { what: 'conflicting framing', act: says('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), answered: 0 },
  { what: 'a malformed chunk in an answer that has begun', act: async (stage) => { await stage.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'); await stage.write('zz\r\n') }, answered: 0, begun: ['unfinished', 'cut'] },
  { what: 'RST in an answer that has begun', act: async (stage) => { await stage.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'); stage.lane.peer.reset(); await stage.stage.settle() }, answered: 0, begun: ['unfinished', 'cut'] },
  { what: 'an answer that echoes nothing', act: says('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'), answered: 0, options: { echo: 'x-echo' } },
  { what: "an answer that echoes another request's token", act: async (stage) => {
    const [, second] = stage.held
    const token = second?.fields.find(([name]) => name === 'x-echo')?.[1]
    assert.match(token ?? '', /^[0-9a-f]{16,}/)
    await stage.write(`HTTP/1.1 200 OK\r\nX-Echo: ${token}\r\nContent-Length: 4\r\n\r\nevil`)
  }, answered: 0, options: { echo: 'x-echo' } },
] // prettier-ignore

describe('a pipelined service that answers with', () => {
  for (const { what, act, answered, begun, options } of oddities) {
    test(`${what} loses its connection, and nobody gets another's answer`, async () => {
      await using stage = await PipelinedStage.warm(options)
      const callers = await stage.ask(...NAMES)
      assert.deepEqual(
        stage.held.map(({ target }) => target),
        ['/a', '/b', '/c'],
      )
      await act(stage)
      assert.ok(stage.laneOver, 'the connection was kept')
      for (const [i, caller] of callers.entries()) {
        if (i === answered && begun !== undefined) {
          assert.deepEqual(caller.got, begun)
          assert.deepEqual(stage.seen(caller.name), [1, 0], 'an answer that had begun was asked for again')
        } else {
          assert.deepEqual(caller.got, own(caller.name))
          assert.deepEqual(stage.seen(caller.name), [1, i < answered ? 0 : 1])
        }
      }
      assert.equal(stage.faults, 1)
      assert.ok(await stage.ordinary('after'), 'pipelined again at once')
    })
  }

  test('bytes while nobody waits loses its connection, and the next request goes by itself', async () => {
    await using stage = await PipelinedStage.warm()
    await stage.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
    assert.ok(stage.laneOver)
    assert.ok(await stage.ordinary('next'))
    assert.equal(stage.faults, 1)
  })

  test('an answer between the arrival of a request and its sending loses its connection', async () => {
    await using stage = await PipelinedStage.warm()
    const caller = stage.caller('a')
    // Both are on their way in the same turn: the answer is read before the request leaves in the check phase.
    caller.ask()
    stage.lane.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
    await stage.stage.settle()
    assert.deepEqual(caller.got, own('a'))
    assert.deepEqual(stage.seen('a'), [0, 1])
  })

  test('Connection: close is no fault: who waits behind it goes elsewhere', async () => {
    await using stage = await PipelinedStage.warm()
    const callers = await stage.ask(...NAMES)
    await stage.write(stage.answersOf(1, 'Connection: close\r\n'))
    for (const caller of callers) assert.deepEqual(caller.got, own(caller.name))
    assert.equal(stage.faults, 0)
    assert.ok(stage.laneOver)
  })
})

describe('the right to pipeline', () => {
  const provoke = async (stage: PipelinedStage): Promise<Caller> => {
    const [caller] = (await stage.ask('x')) as [Caller]
    assert.equal(stage.held.length, 1, 'not pipelined')
    stage.held.length = 0
    await stage.write('HTTP/1.1 204 No Content\r\n\r\n')
    return caller
  }
  /** Lets a request go by itself, which opens the next shared connection. */
  const reopen = async (stage: PipelinedStage, name: string): Promise<void> => {
    stage.expectShared()
    await stage.ordinary(name)
    assert.ok(!stage.laneOver, 'no new connection')
  }

  test('is lost for 30 s at the first fault, twice as long at each one after, an hour at most', async () => {
    await using stage = await PipelinedStage.warm()
    let wait = 30_000
    for (let i = 0; i < 9; i++) {
      await provoke(stage)
      await stage.stage.advance(wait - 200)
      const connections = stage.stage.service.connections.length
      assert.ok(await stage.ordinary(`early-${i}`))
      assert.ok(stage.stage.service.connections.length <= connections + 1, `${wait} ms were not over and a shared connection was opened`)
      await stage.stage.advance(300)
      await reopen(stage, `late-${i}`)
      wait = Math.min(wait * 2, 3_600_000)
    }
    assert.equal(wait, 3_600_000)
  })

  test('is lost once, however many connections one misfortune takes', async () => {
    await using stage = await PipelinedStage.warm({ depth: 2 })
    await stage.ask('a', 'b')
    stage.expectShared()
    await stage.ordinary('opens-another')
    const first = stage.stage.service.connections[0]
    await stage.ask('c', 'd')
    assert.equal(stage.held.length, 4)
    first?.peer.reset()
    stage.lane.peer.reset()
    await stage.stage.settle()
    for (const name of ['a', 'b', 'c', 'd']) assert.deepEqual(stage.seen(name), [1, 1])
    await stage.stage.advance(30_100)
    await reopen(stage, 'late')
    assert.ok(!(await stage.ordinary('shared')))
  })
})
