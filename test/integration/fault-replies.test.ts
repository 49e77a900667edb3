// What a client is told that gets no answer of a service: in the form that it likes best, and never more than is meant for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { faults } from '../../src/base/fault.ts'
import { createGateway } from '../../src/runtime/gateway.ts'
import type { Gateway } from '../../src/runtime/gateway.ts'
import type { InjectedResponse } from '../../src/runtime/inject.ts'
import { definePolicy, refuse } from '../../src/plugin.ts'
import { scriptedService } from '../../src/testing/index.ts'

const CANARY = 'canary'
const logs = { telemetry: { logs: { sinks: [] } } }

const refusing = definePolicy({
  name: 'canary-refuses',
  schema: z.strictObject({}),
  create: () => ({ onRequest: () => refuse('tenant_missing', { status: 422, detail: 'Say <b>who</b> you are & "why"' }) }),
})
const busy = definePolicy({
  name: 'canary-busy',
  schema: z.strictObject({}),
  create: () => ({ onRequest: () => refuse('too_busy', { status: 503, fields: ['retry-after', '7'] }) }),
})
const throwing = definePolicy({
  name: 'canary-throws',
  schema: z.strictObject({}),
  create: () => ({
    onRequest: () => {
      throw new Error('canary of an error')
    },
  }),
})

async function gatewayOfCanaries(): Promise<Gateway> {
  const refused = scriptedService(() => ({ json: {} }))
  refused.refusing = true
  return createGateway(
    {
      version: 1,
      ...logs,
      services: {
        'canary-refused': { endpoints: ['http://canary-endpoint.internal:7101/canary-base'] },
        'canary-reset': { endpoints: ['http://canary-reset.internal'] },
        'canary-broken': { endpoints: ['http://canary-broken.internal'] },
      },
      routes: {
        'canary-a': { match: 'GET /refused', rewrite: '/canary-path', service: 'canary-refused' },
        'canary-b': { match: 'POST /reset', service: 'canary-reset' },
        'canary-c': { match: 'GET /throws', service: 'canary-reset', policies: ['canary-throws'] },
        'canary-d': { match: 'GET /says', service: 'canary-reset', policies: ['canary-refuses'] },
        'canary-e': { match: 'GET /busy', service: 'canary-reset', policies: ['canary-busy'] },
        'canary-f': { match: 'GET /denied', service: 'canary-reset', policies: [{ 'ip-filter': { allow: ['198.51.100.77'] } }] },
      },
    },
    {
      services: {
        'canary-refused': refused,
        'canary-reset': scriptedService(() => 'reset'),
        'canary-broken': scriptedService(() => 'reset'),
      },
      policies: [refusing, busy, throwing],
      log: () => {},
    },
  )
}

const FORMS: readonly (readonly [accept: string | undefined, type: RegExp])[] = [
  [undefined, /^application\/problem\+json$/],
  ['text/plain', /^text\/plain; charset=utf-8$/],
  ['text/html,application/xhtml+xml,*/*;q=0.8', /^text\/html; charset=utf-8$/],
  ['image/png', /^application\/problem\+json$/],
]

const CASES: readonly (readonly [method: string, url: string, status: number, code: string, error: string])[] = [
  ['GET', '/refused', 502, 'upstream_refused', 'connection_refused'],
  ['POST', '/reset', 502, 'upstream_reset', 'connection_terminated'],
  ['GET', '/throws', 500, 'policy_failed', 'proxy_internal_error'],
  ['GET', '/says', 422, 'tenant_missing', 'http_request_denied'],
  ['GET', '/busy', 503, 'too_busy', 'http_request_denied'],
  ['GET', '/denied', 403, 'ip_denied', 'http_request_denied'],
  ['GET', '/nowhere', 404, 'no_route', 'destination_not_found'],
  ['DELETE', '/says', 405, 'method_not_allowed', 'http_request_error'],
  ['GET', '/%2e%2e/%00', 400, 'bad_path', 'http_request_error'],
]

const asked = (gateway: Gateway, method: string, url: string, accept?: string): Promise<InjectedResponse> =>
  gateway.inject({ method, url, ...(accept === undefined ? {} : { headers: { accept } }) })

test('a fault is told in the form that the client likes best, with its Proxy-Status, and with nothing internal', async () => {
  await using gateway = await gatewayOfCanaries()
  for (const [method, url, status, code, error] of CASES)
    for (const [accept, type] of FORMS) {
      const answer = await asked(gateway, method, url, accept)
      const what = `${method} ${url} ${accept}\n${answer.text}`
      assert.equal(answer.status, status, what)
      // What could not be read has no Accept.
      if (code !== 'bad_path') assert.match(String(answer.headers['content-type']), type, what)
      assert.equal(answer.headers['proxy-status'], `tidegate; error=${error}`, what)
      assert.equal(answer.headers['cache-control'], 'no-store', what)
      assert.ok(answer.text.includes(code), what)
      assert.ok(!`${JSON.stringify(answer.headers)}${answer.text}`.includes(CANARY), what)
    }
})

test('a problem has the page of its code as type: a plugin’s code that of all refusals', async () => {
  await using gateway = await gatewayOfCanaries()
  const problem = async (url: string): Promise<Record<string, unknown>> => (await asked(gateway, 'GET', url)).json() as never
  const refused = await problem('/refused')
  assert.equal(refused['type'], 'https://tidegate.dev/faults/upstream_refused')
  assert.equal(refused['title'], faults.upstream_refused.title)
  assert.equal(refused['instance'], `urn:uuid:${String(refused['requestId']).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`)
  assert.equal((await problem('/says'))['type'], 'https://tidegate.dev/faults/refused')
  const denied = await problem('/denied')
  assert.deepEqual(
    [denied['type'], denied['title']],
    ['https://tidegate.dev/faults/ip_denied', 'Requests from this address are not accepted here'],
  )
})

test('what a policy says for clients is shown, and is text on a page', async () => {
  await using gateway = await gatewayOfCanaries()
  assert.equal(((await asked(gateway, 'GET', '/says')).json() as { detail: string }).detail, 'Say <b>who</b> you are & "why"')
  const { text, headers } = await asked(gateway, 'GET', '/says', 'text/html')
  assert.ok(text.includes('<p>Say &lt;b&gt;who&lt;/b&gt; you are &amp; &quot;why&quot;</p>'), text)
  assert.doesNotMatch(text, /<script|<link|<img|https?:|\son[a-z]+=/)
  assert.equal(headers['content-security-policy'], "default-src 'none'; style-src 'unsafe-inline'")
  assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('405 says Allow, 503 says Retry-After, and one that a policy said stays alone', async () => {
  await using gateway = await gatewayOfCanaries()
  assert.equal((await asked(gateway, 'DELETE', '/says')).headers['allow'], 'GET, HEAD')
  assert.equal((await asked(gateway, 'GET', '/busy')).headers['retry-after'], '7')
})

test('a HEAD gets the head of the same reply, and no body', async () => {
  await using gateway = await gatewayOfCanaries()
  const { status, headers, text } = await asked(gateway, 'HEAD', '/nowhere', 'text/html')
  assert.deepEqual([status, headers['content-type'], text], [404, 'text/html; charset=utf-8', ''])
})

test('a declared length beyond the limit of the route is a 413 with what the policies of the route add, CORS among it', async () => {
  const far = scriptedService(() => ({ body: 'taken' }))
  await using gateway = await createGateway(
    {
      version: 1,
      telemetry: { logs: { sinks: [] } },
      services: { far: { endpoints: ['http://far.test'] } },
      routes: {
        up: {
          match: '/up',
          service: 'far',
          limits: { body: '8B' },
          policies: ['request-id', { cors: { origins: ['https://shop.example'] } }],
        },
      },
    },
    { services: { far } },
  )
  const answer = await gateway.inject({ method: 'POST', url: '/up', body: 'nine bytes', headers: { origin: 'https://shop.example' } })
  assert.deepEqual([answer.status, (answer.json() as { code: string }).code], [413, 'body_too_large'])
  assert.equal(answer.headers['access-control-allow-origin'], 'https://shop.example')
  assert.ok(answer.headers['x-request-id'] !== undefined)
  assert.equal(far.requests.length, 0)
})
