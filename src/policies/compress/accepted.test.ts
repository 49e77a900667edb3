import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Accepted } from './accepted.ts'
import { codingOf } from './codings.ts'

const accepted = new Accepted((['zstd', 'br', 'gzip'] as const).map((name) => codingOf(name, 'fast')))
const choose = (accept: string | undefined): string | undefined => accepted.choose(accept)?.name

test('the coding that the client likes best is chosen, and of several the first of the list', () => {
  const rows: readonly (readonly [string | undefined, string | undefined])[] = [
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip;q=1.0, br;q=0.9', 'gzip'],
    ['br;q=0.500, zstd;q=0.499', 'br'],
    ['*', 'zstd'],
    ['zstd;q=0, *', 'br'],
    ['gzip, *;q=0.1', 'gzip'],
    ['br ; q=1', 'br'],
    ['\tbr\t,\tgzip;q=0.1', 'br'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ]
  for (const [accept, coding] of rows) assert.equal(choose(accept), coding, `${accept}`)
})

test('without a coding that both know the body stays as it is', () => {
  const accepts = [
    undefined,
    '',
    'deflate',
    'identity',
    'gzip;q=0',
    'gzip;q=0.000, br;q=0, zstd;q=0',
    '*;q=0',
    'identity;q=1, gzip;q=0.5',
    'identity;q=0',
    'constructor',
    'gzipped',
  ]
  for (const accept of accepts) assert.equal(choose(accept), undefined, String(accept))
})

test('a member that is malformed counts for nothing, and the others stand', () => {
  for (const accept of ['gzip;q=2', 'gzip;q=1.001', 'gzip;q=-1', 'gzip;q=', 'gzip;level=9', 'gzip q=1', 'gz ip', 'gzip;q=0.1234'])
    assert.equal(choose(accept), undefined, accept)
  assert.equal(choose('zstd;q=high, gzip'), 'gzip')
  assert.equal(choose('gzip;q=0, gzip'), undefined, 'of a name that stands twice the first counts')
})

test('what strangers make up is not remembered for good, and does not change an answer', () => {
  for (let i = 0; i < 500; i++) assert.equal(choose(`x-${i}, br`), 'br')
  assert.equal(choose(`gzip, ${'x'.repeat(10_000)}`), 'gzip')
  assert.equal(choose('gzip'), 'gzip')
})
