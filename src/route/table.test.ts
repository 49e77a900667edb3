import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RouteQuery } from './query.ts'
import { buildTable, RouteMatchResult, type RouteEntry, type RouteMatch } from './table.ts'
import { readTemplates } from './templates.ts'

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

test('the more specific path wins, segment by segment from the left', () => {
  const ask = table({
    rest: '/{rest...}',
    param: '/a/{id}',
    literal: '/a/b',
    deep: '/{x}/b/c',
    tail: '/a/{rest...}',
    suffix: '/a/{name}.json',
    both: '/a/v{n}.json',
    prefix: '/a/v{n}',
  })
  assert.equal(ask('GET /a/b'), 'literal')
  assert.equal(ask('GET /a/c'), 'param "c"')
  assert.equal(ask('GET /a/c.json'), 'suffix "c"')
  assert.equal(ask('GET /a/v1.json'), 'both "1"')
  assert.equal(ask('GET /a/v1'), 'prefix "1"')
  assert.equal(ask('GET /a/v.json'), 'suffix "v"')
  assert.equal(ask('GET /a/.json'), 'param ".json"')
  assert.equal(ask('GET /a/b/c'), 'tail "b/c"')
  assert.equal(ask('GET /z/b/c'), 'deep "z"')
  assert.equal(ask('GET /z'), 'rest "z"')
  for (const routes of [
    { prefix: '/a{x}', suffix: '/{x}b' },
    { suffix: '/{x}b', prefix: '/a{x}' },
  ]) {
    assert.equal(table(routes)('GET /a-b'), 'prefix "-b"')
    assert.equal(table(routes)('GET /-b'), 'suffix "-"')
  }
})

test('a rest takes zero or more segments, a parameter never an empty one, and a trailing slash matters otherwise', () => {
  const ask = table({ files: '/files/{rest...}', item: '/items/{id}', list: '/items', dir: '/dir/' })
  assert.equal(ask('GET /files'), 'files ""')
  assert.equal(ask('GET /files/'), 'files ""')
  assert.equal(ask('GET /files/a/b/'), 'files "a/b/"')
  assert.equal(ask('GET /filesystem'), '404')
  assert.equal(ask('GET /items'), 'list')
  assert.equal(ask('GET /items/'), '404')
  assert.equal(ask('GET /items/7/'), '404')
  assert.equal(ask('GET /dir'), '404')
  assert.equal(ask('GET /dir/'), 'dir')
  assert.equal(ask('GET /Items'), '404')
  assert.equal(ask('OPTIONS *'), '404')
})

test('a candidate that fails is passed over for the next, all the way back', () => {
  const ask = table({ write: 'POST /a/b', read: 'GET /a/{x}', deep: '/a/b/c', any: 'GET /{x}/b', rest: 'PUT /{rest...}' })
  assert.equal(ask('GET /a/b'), 'read "b"')
  assert.equal(ask('POST /a/b'), 'write')
  assert.equal(ask('PUT /a/b'), 'rest "a/b"')
  assert.equal(ask('DELETE /a/b'), '405 GET,HEAD,POST,PUT')
})

test('the host comes first: exact, then the longest wildcard, then none', () => {
  const ask = table({
    exact: on('/{rest...}', { hosts: ['www.shop.example', '::1'] }),
    near: on('/{rest...}', { hosts: ['*.api.shop.example'] }),
    wild: on('/{rest...}', { hosts: ['*.shop.example'] }),
    none: '/a/b',
  })
  const at = (authority: string): string => ask('GET /a/b', { authority })
  assert.equal(at('www.shop.example:8080'), 'exact "a/b"')
  assert.equal(at('[::1]:80'), 'exact "a/b"')
  assert.equal(at('m.shop.example'), 'wild "a/b"')
  assert.equal(at('x.y.api.shop.example'), 'near "a/b"')
  assert.equal(at('api.shop.example'), 'wild "a/b"')
  assert.equal(at('shop.example'), 'none')
  assert.equal(at('evilshop.example'), 'none')
  assert.equal(at(''), 'none')
  assert.equal(table({ wild: on('GET /a', { hosts: ['*.x.test'] }), none: 'POST /a' })('POST /a', { authority: 'b.x.test' }), 'none')
})

test('a GET answers HEAD unless a HEAD does, and no method answers every allowed one', () => {
  const ask = table({ get: 'GET /a', head: 'HEAD /b', getB: 'GET /b', any: '/c', put: 'PUT /c' })
  assert.equal(ask('HEAD /a'), 'get')
  assert.equal(ask('HEAD /b'), 'head')
  assert.equal(ask('GET /b'), 'getB')
  for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) assert.equal(ask(`${method} /c`), 'any')
  assert.equal(ask('PUT /c'), 'put')
  assert.equal(ask('TRACE /c'), '405 GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS')
  assert.equal(ask('POST /a'), '405 GET,HEAD')
})

test('more conditions come before fewer, an exact method before none', () => {
  const beta = { headers: [{ name: 'x-beta', value: '1' }] }
  const ask = table({
    plain: 'GET /a',
    beta: on('GET /a', beta),
    both: on('GET /a', { ...beta, query: [{ name: 'v', value: '2' }] }),
    anyMethod: on('/a', { ...beta, query: [{ name: 'v', value: '3' }] }),
    keyed: on('/k', { headers: [{ name: 'x-key', value: '*' }] }),
  })
  assert.equal(ask('GET /a'), 'plain')
  assert.equal(ask('GET /a', { fields: ['x-beta', '1'] }), 'beta')
  assert.equal(ask('GET /a', { fields: ['x-beta', '1'], query: 'v=2' }), 'both')
  assert.equal(ask('GET /a', { fields: ['x-beta', '1'], query: 'v=3' }), 'beta')
  assert.equal(ask('POST /a', { fields: ['x-beta', '1'], query: 'v=3' }), 'anyMethod')
  assert.equal(ask('GET /a', { fields: ['x-beta', '2'] }), 'plain')
  assert.equal(ask('GET /a', { fields: ['x-beta', '1', 'x-beta', '2'] }), 'plain')
  assert.equal(ask('GET /k', { fields: ['x-key', ''] }), 'keyed')
  assert.equal(ask('GET /k', { fields: ['x-key', 'a', 'x-key', 'b'] }), 'keyed')
  assert.equal(ask('GET /k'), '404')
})

test('A95 a query condition holds only for exactly one value of its name', () => {
  const ask = table({
    v2: on('/a', { query: [{ name: 'v', value: '2' }] }),
    odd: on('/b', { query: [{ name: 'é', value: 'a b' }] }),
    has: on('/c', { query: [{ name: 'k', value: '*' }] }),
  })
  const holds = (path: string, query: string): boolean => ask(`GET ${path}`, { query }) !== '404'
  for (const query of ['v=2', 'x=1&v=2', 'v=2&', '&v=2&w=3', '%76=2', 'v=%32', 'vv=3&v=2']) assert.ok(holds('/a', query), query)
  for (const query of ['', 'v', 'v=', 'v=1', 'v=2&v=2', 'v=2&v=1', 'v=1&v=2', 'v=2&%76=1', 'x=1;v=2', 'v=2;w=3', 'v=22', 'V=2', 'v=2='])
    assert.ok(!holds('/a', query), query)
  for (const query of ['%c3%a9=a+b', '%C3%A9=a%20b']) assert.ok(holds('/b', query), query)
  for (const query of ['k', 'k=', 'k=%zz']) assert.ok(holds('/c', query), query)
  for (const query of ['k&k', 'kk', 'x=k']) assert.ok(!holds('/c', query), query)
})

test('names are bound by every alternative, in the order of the first', () => {
  const given = entries({
    r: ['PUT /a/{x}/{y}', 'PATCH /b/{y}/{z}/{x}', '/c/{x}/{y...}'],
    half: ['/h/{x}', '/h/{x}/{y}'],
  })
  const built = buildTable(given)
  assert.deepEqual(built.problems, [])
  assert.deepEqual(
    given.map(({ match }) => readTemplates(match).params),
    [['x', 'y'], ['x']],
  )
  const result = new RouteMatchResult<string>()
  const ask = (method: string, path: string): unknown[] => {
    assert.equal(built.table.match({ authority: '', method, path, query: '', fields: [] }, result), 'route')
    return [result.route, result.alternative, ...result.params]
  }
  assert.deepEqual(ask('PUT', '/a/1/2'), ['r', 0, '1', '2'])
  assert.deepEqual(ask('PATCH', '/b/2/3/1'), ['r', 1, '1', '2'])
  assert.deepEqual(ask('GET', '/c/1/2/3'), ['r', 2, '1', '2/3'])
  assert.deepEqual(ask('GET', '/h/1/2'), ['half', 1, '1'])
})

test('a suffix never takes a part of an escape', () => {
  const ask = table({ one: '/{x}1', any: '/{x}' })
  assert.equal(ask('GET /%C3%A1'), 'any "%C3%A1"')
  assert.equal(ask('GET /%C3%A11'), 'one "%C3%A1"')
  assert.equal(ask('GET /%211'), 'one "%21"')
})

test('A37 names from the prototype chain are names like others', () => {
  const ask = table({
    __proto: '/__proto__/{__proto__}',
    constructor: on('/c/{constructor}', { query: [{ name: 'toString', value: '*' }], headers: [{ name: '__proto__', value: '*' }] }),
  })
  assert.equal(ask('GET /__proto__/constructor'), '__proto "constructor"')
  assert.equal(ask('GET /constructor'), '404')
  assert.equal(ask('GET /hasOwnProperty', { authority: '__proto__' }), '404')
  assert.equal(ask('GET /c/__proto__', { query: 'toString=1', fields: ['__proto__', 'x'] }), 'constructor "__proto__"')
  assert.equal(ask('GET /c/__proto__'), '404')
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('what cannot be read is a problem of its route, and the others still stand', () => {
  const built = buildTable(
    entries({ bad: ['/a//b', '/x'], host: on('/h', { hosts: ['A.test', 'a.test:80', '*', '*.a.*', 'a b', ''] }), good: '/good' }),
  )
  assert.equal(built.problems.filter((p) => p.routes[0] === 'bad').length, 1)
  assert.equal(built.problems.filter((p) => p.routes[0] === 'host').length, 6)
  const result = new RouteMatchResult<string>()
  assert.equal(built.table.match({ authority: '', method: 'GET', path: '/good', query: '', fields: [] }, result), 'route')
})

/** The least milliseconds that `act` took, tried until it is below `enough`: on a busy machine it takes its time, what backtracks always does. */
function leastOf(act: () => void, enough: number): number {
  let least = Infinity
  for (let i = 0; i < 100 && least >= enough; i++) {
    const started = performance.now()
    act()
    least = Math.min(least, performance.now() - started)
  }
  return least
}

test('A22 a path of 200 kB is decided in less than 5 ms', () => {
  const shapes: Record<string, string> = { rest: '/{rest...}', deep: `/${Array.from({ length: 12 }, (_, i) => `{p${i}}`).join('/')}/end` }
  for (let i = 0; i < 8; i++) shapes[`r${i}`] = `/a/${'a/'.repeat(i)}{x}b/a{y}/z`
  const ask = table(shapes)
  for (const path of [`/${'a'.repeat(200_000)}`, '/a'.repeat(100_000), `/a/${'ab/'.repeat(66_000)}`, '/%C3%A9'.repeat(28_000)]) {
    const best = leastOf(() => assert.notEqual(ask(`GET ${path}`), '404'), 5)
    assert.ok(best < 5, `${path.slice(0, 10)}… took ${best} ms`)
  }
})

test('A22 conditions on a query of 200 kB are decided in less than 20 ms', () => {
  const ask = table({ v: on('/a', { query: [{ name: 'v', value: '2' }] }) })
  for (const piece of ['&', 'a', 'a&', 'a=b&', '%76', '+', '=']) {
    const query = `${piece.repeat(200_000 / piece.length)}&v=2`
    const best = leastOf(() => assert.equal(ask('GET /a', { query }), 'v'), 20)
    assert.ok(best < 20, `${piece}… took ${best} ms`)
  }
})

test('ten thousand routes are arranged in a moment', () => {
  const many = Array.from({ length: 10_000 }, (_, i): RouteEntry<number> => ({
    name: `r${i}`,
    match: [on(`GET /s${i % 100}/v${i}/{id}`)],
    over: [],
    value: i,
  }))
  const started = performance.now()
  const { table: built, problems } = buildTable(many)
  assert.ok(performance.now() - started < 2_000)
  assert.deepEqual(problems, [])
  const result = new RouteMatchResult<number>()
  assert.equal(built.match({ authority: '', method: 'GET', path: '/s99/v9999/7', query: '', fields: [] }, result), 'route')
  assert.deepEqual([result.route, result.params], [9999, ['7']])
})
