import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failures } from './failures.ts'
import { bearerOf, hashOf, suffices, Tokens } from './tokens.ts'

test('A75 a token is known by its hash, whole and exact', () => {
  const tokens = new Tokens([
    { name: 'ci', role: 'operator', hash: hashOf('correct-horse-battery') },
    { name: 'broken', role: 'issuer', hash: '' },
  ])
  assert.deepEqual(tokens.find('correct-horse-battery'), { name: 'ci', role: 'operator' })
  for (const wrong of ['', 'correct-horse-batter', 'correct-horse-battery ', 'Correct-horse-battery', hashOf('correct-horse-battery')])
    assert.equal(tokens.find(wrong), undefined, wrong)
  assert.equal(new Tokens([]).find(''), undefined)
  assert.equal(tokens.isHeard(hashOf('correct-horse-battery')), true)
  assert.equal(tokens.isHeard(hashOf('another')), false)
  const made = new Tokens([{ name: 'made', role: 'issuer', hash: hashOf('made by the gateway'), random: true }])
  assert.equal(made.isHeard(hashOf('made by the gateway')), true)
})

test('A75 one bearer token and nothing else is a credential', () => {
  assert.equal(bearerOf('Bearer abc'), 'abc')
  assert.equal(bearerOf('bearer  abc'), 'abc')
  for (const field of ['', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'abc', 'Bearer a,Bearer b c', `Bearer ${'x'.repeat(2_000)}`])
    assert.equal(bearerOf(field), undefined, field)
})

test('A75 a role includes those before it, and no other', () => {
  const roles = ['viewer', 'operator', 'issuer'] as const
  roles.forEach((role, i) => roles.forEach((wanted, j) => assert.equal(suffices(role, wanted), i >= j, `${role} ${wanted}`)))
})

test('A75 beyond twenty wrong tokens a minute an address waits, and only that', () => {
  const failures = new Failures()
  for (let i = 0; i < 20; i++) {
    assert.equal(failures.wait('a', 1_000 + i), 0)
    failures.add('a', 1_000 + i)
  }
  assert.equal(failures.wait('a', 1_020), 60)
  assert.equal(failures.wait('b', 1_020), 0)
  assert.equal(failures.wait('a', 60_999), 1)
  assert.equal(failures.wait('a', 61_000), 0)
})

test('A75 addresses without end take no memory without end', () => {
  const failures = new Failures()
  for (let i = 0; i < 20; i++) failures.add('a', 0)
  for (let i = 0; i < 1_023; i++) failures.add(`b${i}`, 1)
  assert.equal(failures.wait('a', 2), 60)
  failures.add('one more', 1)
  assert.equal(failures.wait('a', 2), 0)
})
