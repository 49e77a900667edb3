import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exampleCall, exampleOutcome, EXAMPLE_WALL } from '../../../test/telemetry/example-call.ts'
import { compileEcsBytes } from './ecs-bytes.ts'
import { compileEcs } from './ecs.ts'

const options = { format: 'ecs' as const, redact: { headers: [], query: ['ssn'] }, service: 'edge' }
const bytes = Buffer.alloc(16_384)

/** Any latin1 text, most of it plain. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((some) => Buffer.from(some).latin1Slice()) },
)
const ms = fc.oneof(fc.constant(-1), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 100_000 }))
const count = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constantFrom(0, 9, 10, 99, 100, 2 ** 31, 2 ** 53 - 1))

test('the fast ECS encoder writes what its slow twin says, or leaves the line to it', () => {
  const fast = compileEcsBytes(options)
  const slow = compileEcs(options)
  let written = 0
  fc.assert(
    fc.property(
      fc.record({
        path: value,
        query: value,
        host: value,
        id: value,
        agent: fc.option(value),
        route: fc.constantFrom('', 'product', 'a"b'),
      }),
      fc.record({
        status: fc.constantFrom(0, 101, 200, 204, 304, 399, 404, 502),
        duration: ms,
        queue: ms,
        connect: ms,
        firstByte: ms,
        transfer: ms,
      }),
      fc.record({ requestBytes: count, responseBytes: count, attempts: fc.integer({ min: 0, max: 3 }) }),
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      ({ agent, ...parts }, times, counts, wall) => {
        const call = exampleCall({ ...parts, fields: agent === null ? [] : ['user-agent', agent] })
        const outcome = exampleOutcome({ ...times, ...counts, fault: undefined, code: '' })
        const end = fast(bytes, 7, call, outcome, wall)
        if (end < 0) return
        written++
        assert.equal(Buffer.from(bytes.subarray(7, end)).toString('utf8'), slow(call, outcome, wall))
      },
    ),
    { numRuns: 2_000, seed: 20_261_124 },
  )
  assert.ok(written > 200, `only ${written} of 2,000 lines were written the fast way`)
})

test('what needs escaping, has failed, or does not fit is left to the slow twin', () => {
  const fast = compileEcsBytes(options)
  const usual = exampleCall()
  assert.ok(fast(bytes, 0, usual, exampleOutcome(), EXAMPLE_WALL) > 0)
  assert.equal(fast(bytes, 0, exampleCall({ path: '/a"b' }), exampleOutcome(), EXAMPLE_WALL), -1)
  assert.equal(fast(bytes, 0, exampleCall({ fields: ['user-agent', 'caf\u00e9'] }), exampleOutcome(), EXAMPLE_WALL), -1)
  assert.equal(fast(bytes, 0, usual, exampleOutcome({ fault: 'upstream_reset' }), EXAMPLE_WALL), -1)
  assert.equal(fast(bytes, 0, usual, exampleOutcome({ status: 404 }), EXAMPLE_WALL), -1)
  assert.equal(fast(bytes, bytes.length - 1_000, usual, exampleOutcome(), EXAMPLE_WALL), -1)
  assert.equal(fast(bytes, 0, exampleCall({ path: `/${'a'.repeat(4_000)}` }), exampleOutcome(), EXAMPLE_WALL), -1)
})

test('a query that masking makes longer than there is room is left to the slow twin', () => {
  const call = exampleCall({ path: '/', query: 'ssn=1&'.repeat(300), fields: [] })
  for (const room of [4_096, 5_000, 6_000])
    assert.equal(compileEcsBytes(options)(Buffer.alloc(room), 0, call, exampleOutcome(), EXAMPLE_WALL), -1)
})
