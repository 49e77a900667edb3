import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouteExplainer, type ExplainableRoute } from './explain.ts'
import { createNearest } from './nearest.ts'
import type { RouteMatch } from './table.ts'

const match = (path: string, extra: Partial<RouteMatch> = {}): RouteMatch => ({
  method: undefined,
  path,
  hosts: [],
  headers: [],
  query: [],
  ...extra,
})
const routes = (list: Record<string, RouteMatch>, over: Record<string, string[]> = {}): ExplainableRoute[] =>
  Object.entries(list).map(([name, one]) => ({ name, match: [one], over: over[name] ?? [] }))

const shop = routes({
  product: match('/products/{id}', { method: 'GET' }),
  prices: match('/products/{id}/prices', { method: 'GET' }),
  orders: match('/orders'),
  beta: match('/beta/{rest...}', { hosts: ['beta.test'] }),
  health: match('/-/health'),
})

test('the nearest routes are those that one slip separates from the request', () => {
  const nearest = createNearest(shop)
  const near = (path: string): string[] => nearest({ authority: 'a.test', path }).map(({ route, why }) => `${route}: ${why}`)
  assert.deepEqual(near('/produkts/7')[0], 'product: segment 1 is `products`, not `produkts`')
  assert.deepEqual(near('/products/7/price')[0], 'prices: segment 3 is `prices`, not `price`')
  assert.deepEqual(near('/orders/'), ['orders: it has no slash at the end'])
  assert.deepEqual(near('/beta/x'), ['beta: it is for beta.test, not a.test'])
  assert.deepEqual(near('/nothing/like/it'), [])
  assert.deepEqual(near('*'), [])
})

test('10,000 routes are looked through in bounded work: few letters are compared', () => {
  const many = routes(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`r${i}`, match(`/service-${i}/items/{id}`)])))
  const nearest = createNearest(many)
  assert.deepEqual(nearest({ authority: '', path: '/service-77/item/1' })[0], {
    route: 'r77',
    match: '/service-77/items/{id}',
    why: 'segment 2 is `items`, not `item`',
  })
})

const explainOf = (list: ExplainableRoute[], method: string, path: string, extra: { fields?: string[]; query?: string } = {}): string[] =>
  createRouteExplainer(list)({ authority: 'a.test', method, path, query: '', fields: [], ...extra }).candidates.map(
    ({ route, reason, why }) => `${route} ${reason}: ${why}`,
  )

test('each alternative is told what of the request it does not fit, nearest first', () => {
  const list = routes({
    exact: match('/a/b', { method: 'GET' }),
    post: match('/a/b', { method: 'POST' }),
    header: match('/a/b', { method: 'GET', headers: [{ name: 'x-beta', value: '1' }] }),
    query: match('/a/b', { method: 'GET', query: [{ name: 'v', value: '*' }] }),
    secret: match('/a/b', { method: 'GET', headers: [{ name: 'x-api-key', value: 'hush' }] }),
    host: match('/a/b', { hosts: ['b.test'] }),
    param: match('/a/{x}'),
    far: match('/b/c'),
  })
  assert.deepEqual(explainOf(list, 'GET', '/a/b', { fields: ['x-beta', '2'] }), [
    'exact wins: the most specific one',
    'param specificity: segment 2 of its path is less specific than `exact`: literal text comes before `{param}` before `{rest...}`',
    'post method: it answers POST, not GET',
    'header header: it wants the header `x-beta` to be `1`, and the request has another value',
    'query query: it wants `v` in the query once, and the request has none',
    'secret header: it wants the header `x-api-key` to be `«hidden»`, and the request has none',
    'host host: it is for b.test, not a.test',
    'far path: segment 1 of the path would have to be `b`, not `a`',
  ])
})

test('`over` is named where it decides', () => {
  const list = routes({ first: match('/a/{x}'), second: match('/a/{y}') }, { second: ['first'] })
  assert.deepEqual(explainOf(list, 'GET', '/a/b'), ['second wins: the most specific one', 'first over: `second` says that it is over it'])
})
