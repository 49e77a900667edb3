// No answer crosses callers: a property over thousands of runs in which clients leave, services lie and connections break. And the proof
// that it would be seen: each guard taken away in turn makes a run fail.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClientConnection } from '../../src/http1/client-connection.ts'
import { PipelinedConnection } from '../../src/http1/pipelined-connection.ts'
import { poisonReads } from '../../src/net/read-buffer.ts'
import { CanaryWorld } from './canary-world.ts'
import type { Sharing } from './canary-world.ts'

const RUNS = 250
const STEPS = 150

/** The first seed whose run has a problem, and that problem; undefined when all are sound. */
function firstProblem(sharing: Sharing, runs: number): string | undefined {
  for (let seed = 1; seed <= runs; seed++) {
    const world = new CanaryWorld(seed, sharing)
    world.run(STEPS)
    if (world.problems.length > 0) return `seed ${seed}: ${world.problems[0]}`
  }
  return undefined
}

before(() => poisonReads(true))
after(() => poisonReads(false))

describe('no answer crosses callers', () => {
  for (const sharing of ['off', 'on', 'echo'] as const) {
    test(`pipelining ${sharing}, ${RUNS} runs of ${STEPS} steps`, (t) => {
      const total = { requests: 0, answers: 0, refusals: 0, faults: 0 }
      for (let seed = 1; seed <= RUNS; seed++) {
        const world = new CanaryWorld(seed, sharing)
        world.run(STEPS)
        assert.deepEqual(world.problems, [], `seed ${seed}`)
        for (const key of ['requests', 'answers', 'refusals', 'faults'] as const) total[key] += world.count[key]
      }
      t.diagnostic(JSON.stringify(total))
      assert.ok(total.answers > RUNS * 10 && total.faults > RUNS * 3, JSON.stringify(total))
    })
  }
})

interface Guarded {
  onData: (this: Guarded, chunk: Buffer) => void
  onCheck: (this: Guarded) => void
  release: (this: Guarded, surplus: boolean, rests: boolean) => void
  refuses: () => undefined
  state: string
}

describe('without its guard', () => {
  /** Runs with `changes` in the place of the engine's own. */
  function without(prototype: object, changes: Partial<Guarded>, sharing: Sharing): string | undefined {
    const own = Object.getOwnPropertyDescriptors(prototype)
    Object.assign(prototype, changes)
    try {
      return firstProblem(sharing, RUNS)
    } finally {
      for (const name of Object.keys(changes)) Object.defineProperty(prototype, name, own[name] as PropertyDescriptor)
    }
  }
  const ordinary = ClientConnection.prototype as unknown as Guarded

  test('against surplus bytes an answer crosses', () => {
    const surplus = new WeakMap<object, Buffer>()
    const { onData, onCheck } = ordinary
    const problem = without(
      ordinary,
      {
        // What came unasked waits for the next request, as in a reader that does not look.
        onData(chunk) {
          if (this.state === 'busy' || this.state === 'dead') onData.call(this, chunk)
          else surplus.set(this, Buffer.from(chunk))
        },
        onCheck() {
          onCheck.call(this)
          const kept = surplus.get(this)
          surplus.delete(this)
          if (kept !== undefined && this.state === 'busy') onData.call(this, kept)
        },
      },
      'off',
    )
    assert.match(problem ?? '', /got poison/)
  })

  test('against bodies of HEAD and 304 an answer crosses', () => {
    const { release } = ordinary
    const problem = without(
      ordinary,
      {
        release(surplus) {
          release.call(this, surplus, false)
        },
      },
      'off',
    )
    assert.match(problem ?? '', /got poison/)
  })

  test("against another request's echo an answer crosses", () => {
    assert.match(without(PipelinedConnection.prototype, { refuses: () => undefined }, 'echo') ?? '', /got c\d/)
  })
})
