import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouteExplainer } from './explain.ts'
import type { RouteQuery } from './query.ts'
import { buildTable, RouteMatchResult, type RouteMatch } from './table.ts'
import type { MatchRequest, WhenCondition } from './when.ts'

const match = (path: string, when?: WhenCondition, more: Partial<RouteMatch> = {}): RouteMatch => ({
  method: 'GET',
  path,
  hosts: [],
  headers: [],
  query: [],
  when,
  ...more,
})
const request = (path: string, more: Partial<RouteQuery> = {}): RouteQuery => ({
  authority: 'a.test',
  method: 'GET',
  path,
  query: '',
  fields: [],
  ...more,
})

/** What the table and its slow twin say, which must be the same: the route, or the outcome; and what Allow says. */
function ask(routes: Readonly<Record<string, RouteMatch>>, query: RouteQuery, ip = '192.0.2.1'): string {
  const entries = Object.entries(routes).map(([name, one]) => ({ name, match: [one], over: [], value: name }))
  const { table, problems } = buildTable(entries)
  assert.deepEqual(problems, [])
  const result = new RouteMatchResult<string>()
  const outcome = table.match(query, result, { address: ip })
  const said =
    outcome === 'route' ? (result.route as string) : [outcome, ...(outcome === 'method_not_allowed' ? result.allow : [])].join(' ')
  const twin = createRouteExplainer(entries)(query, ip)
  assert.equal(twin.outcome === 'route' ? twin.route : [twin.outcome, ...twin.allow].join(' '), said)
  return said
}

test('a condition counts as one: it comes before none, and `false` passes over to the next', () => {
  const routes = { plain: match('/a'), beta: match('/a', (asked) => asked.header('X-Beta') === '1'), rest: match('/{rest...}') }
  assert.equal(ask(routes, request('/a', { fields: ['x-beta', '1'] })), 'beta')
  assert.equal(ask(routes, request('/a')), 'plain')
  assert.equal(ask({ beta: routes.beta, rest: routes.rest }, request('/a')), 'rest')
  assert.equal(ask({ beta: routes.beta }, request('/a')), 'no_route')
})

test('what throws, or gives no truth value, refuses the request, whatever other routes there are', () => {
  const throws: WhenCondition = () => {
    throw new Error('no database')
  }
  for (const when of [throws, () => undefined, () => 1, () => 'true', async () => true] as WhenCondition[]) {
    assert.equal(ask({ a: match('/a', when), rest: match('/{rest...}') }, request('/a')), 'condition_failed')
    // It is not reached where one that is more specific fits, or the method is another.
    assert.equal(ask({ a: match('/{x}', when), b: match('/a') }, request('/a')), 'b')
    assert.equal(ask({ a: match('/a', when, { method: 'POST' }), rest: match('/{rest...}') }, request('/a')), 'rest')
  }
})

test('Allow tells of routes whose condition holds, and of none that could not be decided', () => {
  const posts = match('/a', (asked) => asked.query('v') === '2', { method: 'POST' })
  const fails = match('/a', () => null, { method: 'PUT' })
  assert.equal(ask({ posts, fails }, request('/a', { query: 'v=2' })), 'method_not_allowed POST')
  assert.equal(ask({ posts, fails }, request('/a', { query: 'v=1' })), 'no_route')
})

test('a condition sees the request: canonical, decoded where that is asked for, and nothing to change', () => {
  let seen: MatchRequest | undefined
  const look: WhenCondition = (asked) => {
    seen = asked
    return true
  }
  const fields = ['accept', 'a', 'accept', 'b']
  assert.equal(ask({ look: match('/a%20b', look) }, request('/a%20b', { query: 'q=caf%C3%A9+1&q=2', fields }), '2001:db8::1'), 'look')
  assert.ok(seen !== undefined)
  const { method, host, path, ip } = seen
  assert.deepEqual([method, host, path, ip], ['GET', 'a.test', '/a%20b', '2001:db8::1'])
  assert.deepEqual([seen.header('Accept'), seen.header('none'), seen.query('q'), seen.query('none')], ['a, b', '', 'café 1', ''])
})

test('two routes alike but for their conditions are ambiguous until `over` settles it', () => {
  const entries = ['a', 'b'].map((name) => ({ name, match: [match('/x', () => true)], over: [] as string[], value: name }))
  assert.equal(buildTable(entries).problems.length, 1)
  entries[1]!.over.push('a')
  const { table, problems } = buildTable(entries)
  assert.deepEqual(problems, [])
  const result = new RouteMatchResult<string>()
  table.match(request('/x'), result)
  assert.equal(result.route, 'b')
})
