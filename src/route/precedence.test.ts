import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RouteQuery } from './query.ts'
import { buildTable, RouteMatchResult, type RouteEntry, type RouteMatch } from './table.ts'

type Extra = Partial<Omit<RouteMatch, 'path' | 'method'>>

/** `GET /a/{id}` or `/a/{id}` as a match. */
function on(text: string, extra: Extra = {}): RouteMatch {
  const [, method, path] = /^(?:([A-Z]+) )?(.*)$/.exec(text) as unknown as [string, string | undefined, string]
  return { method, path, hosts: [], headers: [], query: [], ...extra }
}

/** Routes by name; the value of each is its name. */
const entries = (
  routes: Record<string, string | RouteMatch | readonly (string | RouteMatch)[]>,
  over: Record<string, string[]> = {},
): RouteEntry<string>[] =>
  Object.entries(routes).map(([name, match]) => ({
    name,
    match: (Array.isArray(match) ? match : [match]).map((m: string | RouteMatch) => (typeof m === 'string' ? on(m) : m)),
    over: Object.hasOwn(over, name) ? (over[name] as string[]) : [],
    value: name,
  }))

type Ask = (text: string, extra?: Partial<RouteQuery>) => string

/** Asks a table: `name` with its parameters, `404`, or `405` with what is allowed. */
function table(...given: Parameters<typeof entries>): Ask {
  const built = buildTable(entries(...given))
  assert.deepEqual(built.problems, [])
  const result = new RouteMatchResult<string>()
  return (text, extra = {}) => {
    const [method, path] = text.split(' ') as [string, string]
    const outcome = built.table.match({ authority: 'gw.test', method, path, query: '', fields: [], ...extra }, result)
    if (outcome === 'no_route') return '404'
    return outcome === 'route'
      ? [result.route, ...result.params.map((value) => JSON.stringify(value))].join(' ')
      : `405 ${result.allow.join(',')}`
  }
}

const messages = (...given: Parameters<typeof entries>): string[] =>
  buildTable(entries(...given)).problems.map((p) => `${p.routes.join('+')}: ${p.message}`)

test('two routes that can match one request at equal rank are a problem that names both', () => {
  const pairs: [string | RouteMatch, string | RouteMatch][] = [
    ['GET /a/{x}', 'GET /a/{y}'],
    ['/a', '/a'],
    ['/%61', '/a'],
    [on('/a', { hosts: ['a.test', 'b.test'] }), on('/a', { hosts: ['b.test'] })],
    [on('/a', { headers: [{ name: 'x', value: '1' }] }), on('/a', { headers: [{ name: 'y', value: '1' }] })],
    [on('/a', { headers: [{ name: 'x', value: '1' }] }), on('/a', { query: [{ name: 'x', value: '2' }] })],
    [on('/a', { query: [{ name: 'x', value: '1' }] }), on('/a', { query: [{ name: 'x', value: '*' }] })],
  ]
  for (const [a, b] of pairs) {
    assert.match(messages({ first: a, second: b }).join('\n'), /^first\+second: `first` \(.*\) and `second` \(.*\) match the same requests/)
    assert.deepEqual(messages({ first: a, second: b }, { second: ['first'] }), [])
  }
  assert.equal(messages({ a: '/x', b: '/x', c: '/x' }).length, 2)
})

test('routes that cannot meet, or meet at different rank, are no problem', () => {
  const pairs: [string | RouteMatch, string | RouteMatch][] = [
    ['GET /a', 'POST /a'],
    ['GET /a', 'HEAD /a'],
    ['GET /a', '/a'],
    ['/a/{x}', '/a/b'],
    ['/a/{x}', '/a/{x...}'],
    ['/a{x}', '/{x}a'],
    ['/a/', '/a'],
    [on('/a', { hosts: ['a.test'] }), on('/a', { hosts: ['*.test'] })],
    [on('/a', { headers: [{ name: 'x', value: '1' }] }), on('/a', { headers: [{ name: 'x', value: '2' }] })],
    [on('/a', { headers: [{ name: 'x', value: '1' }] }), '/a'],
  ]
  for (const [a, b] of pairs) assert.deepEqual(messages({ first: a, second: b }), [])
  assert.deepEqual(messages({ same: ['GET /a', 'GET /a'] }), [])
})

test('`over` decides at equal rank, whatever the order in the file', () => {
  for (const names of [
    ['x', 'y', 'z'],
    ['z', 'y', 'x'],
  ]) {
    const ask = table(Object.fromEntries(names.map((name) => [name, '/a'])), { x: ['y', 'z'], y: ['z'] })
    assert.equal(ask('GET /a'), 'x')
  }
  assert.equal(table({ a: '/p/{x}', b: '/p/q' }, { a: ['b'] })('GET /p/q'), 'b')
})

test('an `over` that is unknown, the route itself or a circle is a problem', () => {
  assert.match(messages({ a: '/a' }, { a: ['b'] }).join(), /^a: `over` of `a` names `b`, which is no route$/)
  assert.match(messages({ a: '/a' }, { a: ['a'] }).join(), /names the route itself/)
  assert.match(messages({ a: '/a', b: '/b' }, { a: ['b'], b: ['a'] }).join(), /circle: (a, b|b, a)/)
  assert.equal(messages({ tail: '/t', a: '/a', b: '/b', c: '/c' }, { a: ['b'], b: ['c'], c: ['a'], tail: ['a'] }).length, 1)
  assert.match(messages({ a: '/a', b: '/b', c: '/c', d: '/d' }, { a: ['b'], b: ['a', 'c'], c: ['d'] }).join(), /circle: (a, b|b, a)$/)
})
