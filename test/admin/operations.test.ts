import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReloadView } from '../../src/admin/view.ts'
import { diffPlans } from '../../src/config/diff.ts'
import { exampleView, SECRET, type ViewChange } from './example-view.ts'
import { mismatches } from './matches.ts'
import { type Asked, Stage, type Told, tokens } from './stage.ts'

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
}

interface DocumentedOperation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>> }>
  >
}

const finding = { file: 'tidegate.yaml', line: 1, column: 2, path: 'routes.a', message: 'no', severity: 'error' as const }
const { plan } = exampleView()
const reloaded = (outcome: ReloadView['outcome']): ViewChange => ({
  reload: () =>
    Promise.resolve({
      outcome,
      reason: outcome === 'refused' ? '1 error in the configuration' : '',
      findings: outcome === 'refused' ? [finding] : [],
      took: { read: 1.5, taken: 2.5 },
      changes: outcome === 'switched' && plan !== undefined ? diffPlans(plan, { ...plan, hash: 'x', routes: [] }) : undefined,
    }),
})

async function documentOf(stage: Stage): Promise<OpenApi> {
  return (await stage.ask('/openapi.json', { token: tokens.viewer })).json as OpenApi
}

test('the OpenAPI document has every operation that answers, and every operation of it answers', async () => {
  await using stage = await Stage.open()
  const document = await documentOf(stage)
  assert.equal(document.openapi, '3.1.0')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  assert.equal(
    operations.toSorted().join(', '),
    'get /api/v1/config, get /api/v1/routes, get /api/v1/services, get /api/v1/status, get /healthz, get /livez, get /metrics, ' +
      'get /openapi.json, get /readyz, post /api/v1/explain, post /api/v1/reload',
  )
  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ')
    const { status } = await stage.ask(path, { method: method.toUpperCase(), token: tokens.issuer })
    assert.ok(![404, 405].includes(status), operation)
    assert.equal((await stage.ask(path, { method: 'DELETE', token: tokens.issuer })).status, 405)
  }
})

test('every answer is as the OpenAPI document describes it', async () => {
  const unknown = { plan: undefined, ready: false }
  const out = { endpoints: [{ service: 'billing', endpoint: 'http://127.0.0.1:7101', state: 'out' as const, since: 1, reason: 'timeout' }] }
  const failed = { lastReload: { at: 1, outcome: 'refused' as const, reason: 'no' }, blocked: true, ...out }
  const explain = { explain: (request: unknown) => Promise.resolve({ explanation: { request } }) }
  const silent = { explain: () => Promise.resolve({ message: 'which request?' }) }
  const json = { fields: { 'content-type': 'application/json' } }
  const post = { method: 'POST', token: tokens.issuer }
  const cases: [ViewChange, string, Asked, number][] = [
    ...['/livez', '/healthz', '/readyz', '/readyz?verbose', '/metrics', '/api/v1/status', '/api/v1/routes', '/api/v1/services'].map(
      (path): [ViewChange, string, Asked, number] => [{}, path, {}, 200],
    ),
    [unknown, '/readyz?verbose', {}, 503],
    [{ stopping: true, ready: false }, '/readyz?verbose', {}, 503],
    [failed, '/readyz?verbose', {}, 200],
    [failed, '/api/v1/status', {}, 200],
    [failed, '/api/v1/services', {}, 200],
    [unknown, '/api/v1/status', {}, 200],
    [unknown, '/api/v1/routes', {}, 503],
    [unknown, '/api/v1/services', {}, 503],
    [unknown, '/api/v1/config', { token: tokens.viewer }, 503],
    [{}, '/api/v1/routes?limit=2', {}, 200],
    [{}, '/api/v1/routes?limit=0', {}, 400],
    [{}, '/api/v1/services?cursor=x', {}, 400],
    [{}, '/api/v1/config', { token: tokens.viewer }, 200],
    [{}, '/api/v1/config', {}, 401],
    [{}, '/livez', { token: 'wrong' }, 401],
    [{}, '/livez', { fields: { host: 'evil.example' } }, 403],
    [{}, '/openapi.json', { token: tokens.viewer }, 200],
    [reloaded('switched'), '/api/v1/reload', post, 200],
    [reloaded('refused'), '/api/v1/reload', post, 422],
    [reloaded('superseded'), '/api/v1/reload', post, 409],
    [unknown, '/api/v1/reload', post, 503],
    [{}, '/api/v1/reload', post, 500],
    [{}, '/api/v1/reload', { ...post, fields: { 'if-match': '"another"' } }, 412],
    [{}, '/api/v1/reload', { ...post, ...json, body: '{"x":1}' }, 400],
    [{}, '/api/v1/reload', { ...post, token: tokens.viewer }, 403],
    [{}, '/api/v1/explain', { ...post, ...json, body: '{}' }, 501],
    [explain, '/api/v1/explain', { ...post, ...json, body: '{"method":"GET"}' }, 200],
    [explain, '/api/v1/explain', post, 400],
    [silent, '/api/v1/explain', { ...post, ...json, body: '{}' }, 400],
  ]
  for (const [change, path, asked, status] of cases) {
    await using stage = await Stage.open(change)
    const document = await documentOf(stage)
    const told = await stage.ask(path, asked)
    assert.equal(told.status, status, `${path} ${told.body}`)
    assert.deepEqual(described(document, path, asked.method ?? 'GET', told), [], `${path} ${status}`)
  }
})

function described(document: OpenApi, path: string, method: string, told: Told): string[] {
  const operation = document.paths[path.split('?')[0] as string]?.[method.toLowerCase()]
  const content = operation?.responses[told.status]?.content[(told.fields['content-type'] ?? '').split(';')[0] as string]
  if (content === undefined) return [`${told.status} ${told.fields['content-type']} is not described`]
  return mismatches(told.json ?? told.body, content.schema, document.components.schemas)
}

test('pages come one after the other, each item once, and a reload in between loses nothing that stays', async () => {
  await using stage = await Stage.open()
  const names: string[] = []
  let path = '/api/v1/routes?limit=1'
  for (let pages = 1; ; pages++) {
    const { items, next } = (await stage.ask(path)).json as { items: { name: string }[]; next?: string }
    names.push(...items.map(({ name }) => name))
    if (next === undefined) {
      assert.equal(pages, 3)
      break
    }
    path = `/api/v1/routes?limit=1&cursor=${next}`
  }
  assert.deepEqual(names, ['a', 'b', 'c'])
  const { next } = (await stage.ask('/api/v1/routes?limit=1')).json as { next: string }
  const without = plan === undefined ? undefined : { ...plan, routes: plan.routes.slice(1) }
  await using later = await Stage.open({ plan: without })
  const { items } = (await later.ask(`/api/v1/routes?cursor=${next}`)).json as { items: { name: string }[] }
  assert.ok(items.some(({ name }) => name === 'c'))
})

test('A77 no answer shows a secret, in whatever spelling, nor what a token is known by', async () => {
  await using stage = await Stage.open()
  for (const path of ['/api/v1/config', '/api/v1/routes', '/api/v1/services', '/api/v1/status']) {
    const { status, body } = await stage.ask(path, { token: tokens.viewer })
    assert.equal(status, 200)
    for (const spelling of ['canary', encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64'), 'abababab'])
      assert.ok(!body.includes(spelling), `${path} ${spelling}`)
  }
  const config = (await stage.ask('/api/v1/config', { token: tokens.viewer })).body
  assert.match(config, /"«secret KEY»"/)
})

test('an ETag names the configuration in force, and If-Match holds a reload to it', async () => {
  await using stage = await Stage.open(reloaded('switched'))
  const { etag = '' } = (await stage.ask('/api/v1/config', { token: tokens.viewer })).fields
  assert.match(etag, /^"[0-9a-f]{64}"$/)
  for (const [tag, status] of [
    [etag, 200],
    ['*', 200],
    [`"x", ${etag}`, 200],
    ['"x"', 412],
    [`W/${etag}`, 412],
  ] as const)
    assert.equal(
      (await stage.ask('/api/v1/reload', { method: 'POST', token: tokens.operator, fields: { 'if-match': tag } })).status,
      status,
    )
})

test('metrics come in the format that is asked for', async () => {
  await using stage = await Stage.open()
  const plain = await stage.ask('/metrics')
  assert.equal(plain.body, '# prometheus\n')
  assert.equal(plain.fields['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const open = await stage.ask('/metrics', { fields: { accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2' } })
  assert.equal(open.body, '# openmetrics\n')
  assert.match(open.fields['content-type'] ?? '', /^application\/openmetrics-text/)
})
