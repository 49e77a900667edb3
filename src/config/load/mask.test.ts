import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskedCopy } from './mask.ts'

const secrets = [
  { name: 'LONG', value: 'correct horse+battery' },
  { name: 'SHORT', value: 'zq' },
  { name: 'NUMBER', value: '1234' },
]

test('A77 data is copied with secrets masked wherever they stand, as they are, encoded, or in base64', () => {
  const base64 = Buffer.from('correct horse+battery').toString('base64')
  assert.deepEqual(
    maskedCopy(
      {
        a: 'correct horse+battery',
        b: ['Bearer correct horse+battery!', `k=${encodeURIComponent('correct horse+battery')}`, `Basic ${base64}`],
        c: { d: 'zq', e: 'a word with zq in it', f: 1234, g: 12345, h: true, i: undefined, j: null },
      },
      secrets,
    ),
    {
      a: '«secret LONG»',
      b: ['Bearer «secret LONG»!', 'k=«secret LONG»', 'Basic «secret LONG»'],
      c: { d: '«secret SHORT»', e: 'a word with zq in it', f: '«secret NUMBER»', g: 12345, h: true, i: undefined, j: null },
    },
  )
})

test('data without secrets is handed on as it is', () => {
  const data = { a: ['b'] }
  assert.equal(maskedCopy(data, []), data)
})
