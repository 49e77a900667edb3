import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ownString } from './own-string.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const COUNT = 2000
const HEAD = 32 * 1024

/** Bytes of heap that `COUNT` strings keep, each cut from a head of its own. */
function kept(cut: (head: string) => string): number {
  gc()
  const before = process.memoryUsage().heapUsed
  const strings: string[] = []
  for (let i = 0; i < COUNT; i++) strings.push(cut(Buffer.alloc(HEAD, 97 + (i % 26)).toString('latin1')))
  gc()
  const after = process.memoryUsage().heapUsed
  assert.equal(strings.length, COUNT)
  return after - before
}

test('A133 a string kept beyond its request retains at most twice its length', () => {
  const length = 200
  const sliced = kept((head) => head.slice(100, 100 + length))
  const owned = kept((head) => ownString(head.slice(100, 100 + length)))
  assert.ok(sliced > (COUNT * HEAD) / 2, `the trap is there: slices keep ${sliced} bytes`)
  assert.ok(owned < 2 * COUNT * length, `owned strings keep ${owned} bytes`)
})

test('an owned string is the same text', () => {
  for (const text of [
    '',
    'short',
    'x'.repeat(13),
    'café au lait, s’il vous plaît',
    'é'.repeat(40),
    'y'.repeat(5000),
    '\ud800 alone and long enough',
    '😀'.repeat(20),
  ]) {
    assert.equal(ownString(`--${text}--`.slice(2, -2)), text)
  }
})
