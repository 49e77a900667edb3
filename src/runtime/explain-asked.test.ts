import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadObject } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { createRegistry } from '../pipeline/registry.ts'
import { builtins } from './builtins.ts'
import { createExplainAsked } from './explain-asked.ts'
import { explainApart } from './explain-apart.ts'
import { listRoutes } from './route-list.ts'
import { routeHits } from './route-hits.ts'

const load = async (routes: Record<string, unknown>): Promise<Plan> => {
  const input = { cwd: '/', env: {}, registry: createRegistry(builtins) }
  const { plan, findings } = await loadObject({ version: 1, services: { s: { endpoints: ['http://127.0.0.1:1'] } }, routes }, input)
  assert.ok(plan, JSON.stringify(findings))
  return plan
}

test('what is asked in JSON is explained in a thread, and what is not understood is a sentence', async () => {
  const plan = await load({ a: { match: { path: '/a', headers: { 'x-beta': '1' } }, service: 's' } })
  const ask = createExplainAsked()
  const wrong: [unknown, RegExp][] = [
    [undefined, /^a request is an object/],
    [[], /^a request is an object/],
    [{}, /^`url` is missing/],
    [{ url: '/a', path: '/b' }, /^unknown member `path`/],
    [{ url: '/a', headers: [['x-beta']] }, /^`headers` is/],
    [{ url: '/a', headers: { 'x-beta': 1 } }, /^`headers` is/],
    [{ url: '/a', method: 7 }, /^`method` is a text/],
    [{ url: '/a', body: {} }, /^`body` is a text/],
    [{ url: '/a\r\nx: y' }, /line break/],
    [{ url: 'ftp://a/' }, /is no URL/],
  ]
  for (const [asked, message] of wrong) {
    const told = await ask(plan, asked)
    assert.match('message' in told ? told.message : '', message)
  }
  for (const headers of [{ 'X-Beta': '1' }, [['x-beta', '1']]]) {
    const told = await ask(plan, { url: '/a', headers, from: '192.0.2.7' })
    assert.ok('explanation' in told, JSON.stringify(told))
    assert.deepEqual([told.explanation.route, told.explanation.status, told.explanation.from], ['a', 'service', '192.0.2.7'])
  }
})

test('an explanation that does not end is ended', async () => {
  const plan = await load({ a: { match: '/a', service: 's' } })
  assert.deepEqual(await explainApart({ plan, request: { method: 'GET', url: '/a' } }, 1), {
    message: 'explaining took longer than 0.001 s and was ended',
  })
})

test('routes are listed the most specific first, alternatives that differ in their methods alone together', async () => {
  const plan = await load({
    any: { match: '/{rest...}', service: 's' },
    item: { match: ['PUT /items/{id}', 'PATCH /items/{id}'], service: 's', policies: ['csrf'] },
    list: { match: 'GET /items', reply: { status: 204 } },
    host: { match: { path: '/x', hosts: ['a.test'], query: { v: '*' } }, redirect: { to: '/y', status: 308 } },
  })
  assert.deepEqual(
    listRoutes(plan).map(({ route, methods, path, conditions, target, policies }) => [
      route,
      methods.join(),
      path,
      conditions.join(),
      target,
      policies.join(),
    ]),
    [
      ['host', '', '/x', 'query v', 'redirect 308 /y', ''],
      ['list', 'GET', '/items', '', 'reply 204', ''],
      ['item', 'PUT,PATCH', '/items/{id}', '', 's', 'csrf'],
      ['any', '', '/{rest...}', '', 's', ''],
    ],
  )
})

test('hits are added up over methods and statuses, and names are read as they were escaped', () => {
  const text = [
    'http_server_request_duration_seconds_bucket{http_route="a",le="1"} 9',
    'http_server_request_duration_seconds_count{http_request_method="GET",http_route="a",http_response_status_code="200"} 3',
    'http_server_request_duration_seconds_count{http_request_method="PUT",http_route="a",http_response_status_code="500"} 2',
    String.raw`http_server_request_duration_seconds_count{http_route="b\"\\n"} 1`,
  ].join('\n')
  assert.deepEqual(
    [...routeHits(text)],
    [
      ['a', 5],
      [String.raw`b"\n`, 1],
    ],
  )
})
