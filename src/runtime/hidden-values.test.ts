import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HiddenValues } from './hidden-values.ts'

const load = (value: string) => ({ secrets: [{ name: 'KEY', value }] })

test('A77 words of the process hide the secrets of what it loaded, in every spelling, those of versions before included', () => {
  const hidden = new HiddenValues()
  assert.equal(hidden.mask('first-secret'), 'first-secret')
  assert.deepEqual(hidden.take(load('first-secret')), load('first-secret'))
  hidden.take({ secrets: [] })
  hidden.take(load('second "secret"'))
  const basic = Buffer.from('gw:first-secret').toString('base64')
  const told = hidden.mask(`Error: first-secret, FIRST-SECRET, second+%22secret%22, second \\"secret\\", Basic ${basic}`)
  assert.doesNotMatch(told, /first-secret|second/i)
  assert.equal(Buffer.from(/Basic (\S*?)«/.exec(told)?.[1] ?? '?', 'base64').toString(), 'gw:')
  for (let i = 0; i < 8; i++) hidden.take(load(`later-secret-${i}`))
  assert.equal(hidden.mask('first-secret later-secret-0'), 'first-secret «secret KEY»')
})
