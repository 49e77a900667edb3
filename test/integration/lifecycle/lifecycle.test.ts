// The life-cycle as a pure machine: what each event leads to, faults at every edge, and random histories.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { WorkerLife } from '../../../src/runtime/life.ts'
import { booted } from './life-world.ts'

test('boot: probes, starts every worker, and is ready once all of them listen', () => {
  const world = booted()
  assert.equal(world.life.phase, 'serving')
  assert.deepEqual(world.served, [1, 1, 1])
  assert.deepEqual(
    world.said.filter(({ type }) => type === 'agreed'),
    [{ type: 'agreed', version: 1, first: true }],
  )
})

for (const [what, exit] of [
  ['refuses', 78],
  ['dies', 1],
  ['hangs', 1],
] as const)
  test(`boot: a worker that ${what} ends the process with ${exit}`, () => {
    const world = booted((it) => (it.behave = (_, { id }) => (id === 2 ? what : 'answers')))
    assert.equal(world.exit, exit)
  })

test('boot: a configuration that does not load ends the process with 78', () => {
  assert.equal(booted((it) => (it.load = () => 'fails')).exit, 78)
})

test('a reload switches every worker, and only after all have prepared', () => {
  const world = booted()
  const id = world.reload()
  world.run()
  assert.equal(world.settled.get(id), 'switched')
  assert.deepEqual(world.served, [2, 2, 2])
  const types = world.said.map(({ type }) => type)
  assert.ok(types.lastIndexOf('prepare') < types.indexOf('switch'))
})

test('R34 when one worker refuses, nobody switches and nobody is lost', () => {
  const world = booted((it) => (it.behave = (what, { id }) => (what === 'prepare' && id === 3 ? 'refuses' : 'answers')))
  const id = world.reload()
  world.run()
  assert.equal(world.settled.get(id), 'refused')
  assert.deepEqual(world.served, [1, 1, 1])
  assert.ok(!world.said.some(({ type }) => type === 'switch' || type === 'terminate'))
})

test('R41 a worker that is silent while preparing is replaced, comes up on the new version, and blocks nobody', () => {
  const world = booted((it) => (it.behave = (what, { id }) => (what === 'prepare' && id === 1 ? 'hangs' : 'answers')))
  const id = world.reload()
  world.run(5_400)
  assert.equal(world.settled.get(id), 'switched')
  world.run()
  assert.deepEqual(world.served, [2, 2, 2])
})

for (const what of ['dies', 'hangs'] as const)
  test(`a plan of which every worker ${what} is refused, and costs one worker at a time`, () => {
    const world = booted((it) => (it.behave = (at, _, version) => (version === 2 && at !== 'listen' ? what : 'answers')))
    const id = world.reload()
    world.run()
    assert.equal(world.settled.get(id), 'refused')
    assert.equal(world.leastListening, 2)
    assert.deepEqual(world.served, [1, 1, 1])
  })

test('a single worker that is silent while preparing is replaced by one on the new version', () => {
  const world = booted((it) => {
    it.size = 1
    it.behave = (what, { id }) => (what === 'prepare' && id === 1 ? 'hangs' : 'answers')
  })
  const id = world.reload()
  world.run()
  assert.equal(world.settled.get(id), 'switched')
  assert.deepEqual(world.served, [2])
})

test('reloads are serialised and the newest waiting one wins', () => {
  const world = booted()
  const ids = [world.reload(), world.reload(), world.reload(), world.reload()]
  world.run()
  assert.deepEqual(
    ids.map((id) => world.settled.get(id)),
    ['switched', 'superseded', 'superseded', 'switched'],
  )
})

// R53, each time that a worker can be lost or start within a reload: 10 ms a step, loading to switched.
for (const at of [1, 11, 21, 31, 41, 51, 61])
  test(`R53 a worker lost ${at} ms into a reload comes up on the agreed plan`, () => {
    const world = booted()
    const id = world.reload()
    world.after(at, { type: 'gone', worker: 2, at: 0, culprit: undefined })
    world.run()
    assert.equal(world.settled.get(id), 'switched')
    assert.deepEqual(world.served, [2, 2, 2])
  })

for (const before of [1, 5, 10, 15, 20, 25, 40])
  test(`R53 a reload ${before} ms after a worker was lost finds all of them on the new plan`, () => {
    const world = booted()
    world.feed({ type: 'gone', worker: 1, at: world.now, culprit: undefined })
    world.run(before)
    const id = world.reload()
    world.run()
    assert.equal(world.settled.get(id), 'switched')
    assert.deepEqual(world.served, [2, 2, 2])
  })

test('R39 a lost worker is started again at once, and a crash loop ends after five within a minute', () => {
  const world = booted()
  world.behave = (what) => (what === 'boot' ? 'dies' : 'answers')
  world.feed({ type: 'gone', worker: 1, at: world.now, culprit: undefined })
  world.run(500)
  assert.equal(world.said.filter(({ type }) => type === 'spawn').length, 3 + 3)
  world.run()
  assert.equal(world.said.filter(({ type }) => type === 'spawn').length, 3 + 4)
  assert.equal(world.life.givenUp, true)
  assert.deepEqual(
    world.said.findLast(({ type }) => type === 'readiness'),
    { type: 'readiness', ready: false },
  )
  assert.equal(world.served.length, 2)
})

test('R39 losses that are far apart are no crash loop', () => {
  const world = booted()
  for (let i = 0; i < 20; i++) {
    const worker = world.life.workers.find(({ state }) => state === 'serving') as WorkerLife
    world.feed({ type: 'gone', worker: worker.id, at: world.now, culprit: undefined })
    world.run(16_000)
  }
  assert.equal(world.life.givenUp, false)
  assert.equal(world.served.length, 3)
})

test('R39 what ends a worker twice is refused, and its losses do not count', () => {
  const world = booted()
  for (let i = 0; i < 8; i++) {
    const worker = world.life.workers.find(({ state }) => state === 'serving') as WorkerLife
    world.feed({ type: 'gone', worker: worker.id, at: world.now, culprit: 'orders' })
    world.run(1_000)
  }
  assert.equal(world.life.givenUp, false)
  assert.deepEqual(
    world.said.filter(({ type }) => type === 'refuse-routes'),
    [{ type: 'refuse-routes', culprits: ['orders'] }],
  )
  const id = world.reload()
  world.run()
  assert.equal(world.settled.get(id), 'switched')
  assert.deepEqual(world.life.refused, [])
})

test('R39 a route that lets an error escape twice is refused, though its workers were only replaced', () => {
  const world = booted()
  for (let i = 0; i < 2; i++) {
    const worker = world.life.workers.find(({ state }) => state === 'serving') as WorkerLife
    world.feed({ type: 'failed', worker: worker.id, culprit: 'orders' })
    world.run()
  }
  assert.deepEqual(world.life.refused, ['orders'])
  assert.equal(world.life.losses.length, 0)
})

test('when no worker is left and none may be started, the process ends with 1', () => {
  const world = booted((it) => (it.size = 1))
  world.behave = () => 'dies'
  world.feed({ type: 'gone', worker: 1, at: world.now, culprit: undefined })
  world.run()
  assert.equal(world.exit, 1)
})

test('R40 a worker in which an error escaped hands over to its successor, one worker at a time', () => {
  const world = booted()
  for (const worker of [1, 2]) world.feed({ type: 'failed', worker, culprit: undefined })
  assert.equal(world.said.filter(({ type }) => type === 'spawn').length, 3 + 1)
  world.run()
  assert.deepEqual(
    world.life.workers.map(({ id }) => id),
    [3, 4, 5],
  )
  assert.equal(world.said.filter(({ type }) => type === 'hand-over').length, 2)
  assert.equal(world.leastListening, 3)
})

for (const [moment, what] of [
  ['boot', 'dies'],
  ['boot', 'hangs'],
  ['hand-over', 'dies'],
  ['hand-over', 'hangs'],
] as const)
  test(`a replacement whose successor ${what} at ${moment} is tried again`, () => {
    let faults = 0
    const world = booted()
    world.behave = (at) => (at === moment && faults++ === 0 ? what : 'answers')
    world.feed({ type: 'replace', worker: 1 })
    world.run()
    assert.ok(world.life.workers.every(({ id, state }) => id > 1 && state === 'serving'))
    assert.equal(world.served.length, 3)
  })

test('R38 a signal drains: preStop, then all workers, then 0', () => {
  const world = booted()
  world.feed({ type: 'stop', signal: 'SIGTERM' })
  assert.equal(world.served.length, 3)
  assert.deepEqual(world.said.at(-2), { type: 'readiness', ready: false })
  world.run()
  assert.equal(world.exit, 0)
})

test('R38 a second signal ends at once, with the code of the signal', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const world = booted((it) => (it.behave = (what) => (what === 'drain' ? 'hangs' : 'answers')))
    world.feed({ type: 'stop', signal })
    world.run(500)
    world.feed({ type: 'stop', signal })
    assert.equal(world.exit, code)
  }
})

test('R38 a drain that reaches its deadline cuts, and says so by its exit code', () => {
  const world = booted((it) => (it.behave = (what) => (what === 'drain' ? 'hangs' : 'answers')))
  world.feed({ type: 'stop', signal: 'SIGTERM' })
  world.run()
  assert.equal(world.exit, 143)
})

test('a change of the number of workers comes with the reload that says so', () => {
  const world = booted()
  for (const size of [5, 2]) {
    world.size = size
    world.reload()
    world.run()
    assert.equal(world.served.length, size)
  }
})

test('whatever happens, in whatever order: one plan, distinct slots, every reload answered, and an end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(999), { minLength: 50, maxLength: 300 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 40 }),
      (tape, size, faulty) => {
        let at = 0
        const draw = (n: number): number => (tape[at++ % tape.length] as number) % n
        const world = booted((it) => {
          it.size = size
          it.delay = () => 1 + draw(40)
        })
        world.behave = () => (draw(100) >= faulty ? 'answers' : ((['refuses', 'dies', 'hangs'] as const)[draw(3)] ?? 'dies'))
        world.load = () => (draw(100) >= faulty ? 'loads' : 'fails')
        for (let i = 0; i < 40 && world.exit === undefined; i++) {
          const workers = world.life.workers
          const worker = workers[draw(Math.max(1, workers.length))]?.id ?? 0
          const what = draw(12)
          if (what === 0) world.size = 1 + draw(4)
          if (what < 5) world.reload()
          else if (what < 7) world.feed({ type: 'gone', worker, at: world.now, culprit: ['a', 'b', undefined][draw(3)] })
          else if (what < 8) world.feed({ type: 'hung', worker, at: world.now, culprit: undefined })
          else if (what < 9) world.feed({ type: 'failed', worker, culprit: undefined })
          else if (what < 10) world.feed({ type: 'replace', worker })
          world.run([0, 5, 20, 100, 6_000, 30_000][draw(6)])
        }
        world.behave = () => 'answers'
        world.load = () => 'loads'
        world.run()
        if (world.exit === undefined) {
          assert.equal(world.life.phase, 'serving')
          world.size = size
          world.reload()
          world.run()
          assert.equal(world.life.givenUp, false)
          assert.deepEqual(
            world.served,
            Array.from({ length: size }, () => world.life.agreed),
          )
          world.feed({ type: 'stop', signal: 'SIGTERM' })
          world.run()
          assert.equal(world.exit, 0)
        }
        assert.equal(world.settled.size, world.reloads)
        assert.equal(world.life.phase, 'ended')
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 200) },
  )
})
