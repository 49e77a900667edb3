// Workers that are no longer needed, as the pure machine sees them: they keep what they have, within bounds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { booted, type World } from './life-world.ts'

/** A world in which every worker that leaves has a stream that never ends. */
const streaming = (size: number): World =>
  booted((it) => {
    it.size = size
    it.behave = (what) => (what === 'leave' ? 'hangs' : 'answers')
  })

function resize(world: World, size: number): void {
  world.size = size
  world.reload()
  world.run()
}

const inState = (world: World, wanted: string): number[] => world.life.workers.filter(({ state }) => state === wanted).map(({ id }) => id)
const did = (world: World, wanted: string): number => world.said.filter(({ type }) => type === wanted).length

test('R33 workers that a reload has made too many keep their streams for as long as these last', () => {
  const world = streaming(4)
  resize(world, 1)
  world.run(3_600_000)
  assert.deepEqual(inState(world, 'leaving'), [4, 3, 2])
  assert.deepEqual([did(world, 'cut'), did(world, 'terminate')], [0, 0])
  world.feed({ type: 'drained', worker: 3, cut: 0 })
  world.run()
  assert.deepEqual(inState(world, 'leaving'), [4, 2])
})

test('R33 a worker that is replaced as planned keeps its streams; one in which an error escaped has until its deadline', () => {
  const world = streaming(2)
  world.feed({ type: 'replace', worker: 1 })
  world.run()
  assert.deepEqual(inState(world, 'leaving'), [1])
  world.behave = (what) => (what === 'drain' ? 'hangs' : 'answers')
  world.feed({ type: 'failed', worker: 2, culprit: undefined })
  world.run()
  assert.deepEqual(inState(world, 'leaving'), [1])
  assert.ok(!world.life.workers.some(({ id }) => id === 2))
  assert.deepEqual(
    world.said.filter(({ type }) => type === 'cut'),
    [{ type: 'cut', worker: 2 }],
  )
})

test('a worker that leaves takes part in changes of version, and its loss is no step towards a crash loop', () => {
  const world = streaming(4)
  resize(world, 1)
  resize(world, 1)
  assert.deepEqual(
    world.life.workers.map(({ version }) => version),
    [3, 3, 3, 3],
  )
  for (const worker of [2, 3, 4]) world.feed({ type: 'gone', worker, at: world.now, culprit: undefined })
  assert.equal(world.life.losses.length, 0)
})

test('R38 SIGTERM drains those that are leaving like all others', () => {
  const world = streaming(4)
  resize(world, 1)
  world.feed({ type: 'stop', signal: 'SIGTERM' })
  world.run(100)
  assert.deepEqual(inState(world, 'draining').length, 4)
  world.run()
  assert.equal(world.exit, 0)
})

test('as many workers may be leaving as there have been; beyond it the first has its deadline, and it is told', () => {
  const world = streaming(4)
  resize(world, 1)
  resize(world, 4)
  assert.equal(inState(world, 'leaving').length, 3)
  resize(world, 1)
  assert.equal(inState(world, 'leaving').length, 4)
  const told = world.said.flatMap((command) => (command.type === 'say' ? [command.message] : []))
  assert.deepEqual(
    told.filter((message) => message.startsWith('more than 4 workers are leaving')).map((message) => /worker \d+/.exec(message)?.[0]),
    ['worker 4', 'worker 3'],
  )
  assert.equal(did(world, 'cut'), 2)
})

test('what a worker had open when its deadline came is told', () => {
  const world = streaming(2)
  world.behave = (what) => (what === 'drain' ? 'hangs' : 'answers')
  world.feed({ type: 'failed', worker: 1, culprit: undefined })
  world.run()
  assert.ok(
    world.said.some((command) => command.type === 'say' && /worker 1 has left; 1 request or stream was still open/.test(command.message)),
  )
})

for (const size of [3, 200, 256])
  test(`reloads that toggle between ${size} workers and one for ever, faster than deadlines pass, never run out of slots`, () => {
    const world = streaming(size)
    world.behave = (what) => (what === 'leave' || what === 'drain' ? 'hangs' : 'answers')
    for (let round = 0; round < 4; round++)
      for (const next of [1, size]) {
        world.size = next
        const id = world.reload()
        world.run(300)
        assert.equal(world.settled.get(id), 'switched')
      }
    world.run()
    assert.equal(world.served.length, size)
  })

test('R34 a reload that is refused does not change the number of workers', () => {
  const world = booted((it) => (it.behave = (what) => (what === 'prepare' ? 'refuses' : 'answers')))
  resize(world, 1)
  assert.equal(world.served.length, 3)
  resize(world, 5)
  assert.equal(world.served.length, 3)
})
