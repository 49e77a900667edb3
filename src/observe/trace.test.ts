import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseTraceparent } from './trace.ts'

const HEX = '0123456789abcdef'.split('')
const trace = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'
const parsed = { traceId: trace, parentId: parent, flags: '01' }

test('a version 00 traceparent is read whole and its flags are kept, known or not', () => {
  assert.deepEqual(parseTraceparent(`00-${trace}-${parent}-01`), parsed)
  assert.deepEqual(parseTraceparent(`00-${trace}-${parent}-fe`), { ...parsed, flags: 'fe' })
})

test('a higher version is read by its prefix and may go on after a dash', () => {
  for (const value of [`01-${trace}-${parent}-01`, `cc-${trace}-${parent}-01-what-comes`, `f0-${trace}-${parent}-01-`]) {
    assert.deepEqual(parseTraceparent(value), parsed, value)
  }
})

test('what the grammar does not allow is ignored', () => {
  const bad = [
    '',
    `00-${trace}-${parent}-0`,
    `00-${trace}-${parent}-01-`,
    `00-${trace}-${parent}-01 `,
    ` 00-${trace}-${parent}-01`,
    `01-${trace}-${parent}-01.x`,
    `ff-${trace}-${parent}-01`,
    `0g-${trace}-${parent}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent.toUpperCase()}-01`,
    `00-${trace}-${parent}-0A`,
    `00_${trace}-${parent}-01`,
    `00-${trace}_${parent}-01`,
    `00-${trace}-${parent}_01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.slice(1)}x-${parent}-01`,
  ]
  for (const value of bad) assert.equal(parseTraceparent(value), undefined, value)
})

test('the parser agrees with the grammar written as a pattern', () => {
  const grammar = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s
  const obvious = (value: string) => {
    const match = grammar.exec(value)
    if (match === null || (match[1] === '00' && match[5] !== undefined)) return undefined
    return { traceId: match[2], parentId: match[3], flags: match[4] }
  }
  const valid = fc
    .tuple(
      ...[2, 32, 16, 2].map((length) =>
        fc.string({
          unit: fc.constantFrom(...HEX),
          minLength: length,
          maxLength: length,
        }),
      ),
    )
    .map((parts) => parts.join('-'))
  const near = fc
    .tuple(valid, fc.nat(60), fc.string({ maxLength: 2, unit: fc.constantFrom('0', 'a', 'f', 'A', 'F', 'g', '-', '_', ' ', '\n') }))
    .map(([value, at, put]) => value.slice(0, at) + put + value.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(valid, near), (value) => assert.deepEqual(parseTraceparent(value), obvious(value))),
    { numRuns: 5_000 },
  )
})

test('what is written is read back', () => {
  assert.deepEqual(parseTraceparent(`00-${trace}-${parent}-03`), {
    ...parsed,
    flags: '03',
  })
})
