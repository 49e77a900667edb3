import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePathTemplate, type PathTemplate } from './path-template.ts'

const template = (text: string): PathTemplate => {
  const parsed = parsePathTemplate(text)
  assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.message}`)
  return parsed.template
}

test('a template is read into segments, parameters and a rest', () => {
  assert.deepEqual(template('/'), { segments: [''], rest: undefined, names: [] })
  assert.deepEqual(template('/a/b/'), { segments: ['a', 'b', ''], rest: undefined, names: [] })
  assert.deepEqual(template('/{rest...}'), { segments: [], rest: 'rest', names: ['rest'] })
  assert.deepEqual(template('/p/{id}/v{n}.json/{more...}'), {
    segments: ['p', { prefix: '', name: 'id', suffix: '' }, { prefix: 'v', name: 'n', suffix: '.json' }],
    rest: 'more',
    names: ['id', 'n', 'more'],
  })
})

test('A28 literal text stands in its canonical spelling', () => {
  assert.deepEqual(template('/caf%c3%a9/%7Eme').segments, ['caf%C3%A9', '~me'])
  assert.deepEqual(template('/café').segments, ['caf%C3%A9'])
  assert.deepEqual(template('/%41{x}%2d').segments, [{ prefix: 'A', name: 'x', suffix: '-' }])
  assert.deepEqual(template('/..{x}').segments, [{ prefix: '..', name: 'x', suffix: '' }])
  assert.deepEqual(template('/a%2fb').segments, ['a%2Fb'])
})

test('what no canonical path can match is refused with its place', () => {
  const refused: [string, number][] = [
    ['', 0],
    ['products', 0],
    ['/a//b', 3],
    ['/a/../b', 3],
    ['/a/.', 3],
    ['/a/..;x', 3],
    ['/a?x=1', 2],
    ['/a#x', 2],
    ['/a b', 1],
    ['/a/%zz', 3],
    ['/a/%00', 3],
    ['/{id', 1],
    ['/id}', 3],
    ['/}{', 2],
    ['/{a}{b}', 4],
    ['/{a}-{b}', 4],
    ['/{{a}}', 1],
    ['/{rest...}/x', 1],
    ['/x{rest...}', 2],
    ['/{rest...}.json', 1],
    ['/{}', 2],
    ['/{1a}', 2],
    ['/{a-b}', 2],
    ['/{...}', 2],
    ['/{a}/{a}', 5],
    ['/{a}/{a...}', 5],
    ['/{request}', 2],
    ['/{item}', 2],
  ]
  for (const [text, at] of refused) {
    const parsed = parsePathTemplate(text)
    assert.ok(!parsed.ok, `${text} was accepted`)
    assert.equal(parsed.at, at, `${text}: ${parsed.message}`)
  }
})

test('A37 a parameter may be called __proto__ or constructor', () => {
  assert.deepEqual(template('/{__proto__}/{constructor}').names, ['__proto__', 'constructor'])
})
