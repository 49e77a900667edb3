import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPolicy, runPreflight, type FakeHeaders } from '../../testing/index.ts'
import { cors } from './policy.ts'

const SHOP = 'https://shop.example'
const options = { origins: [SHOP, 'https://app.example:8443'], credentials: true, expose: ['X-Total'] }

const answer = (headers: FakeHeaders, service: FakeHeaders = {}, opts: unknown = options) =>
  runPolicy(cors, opts, { request: { headers }, response: { headers: service } }).then(({ response }) =>
    Object.fromEntries(response.headers),
  )

function preflight(headers: FakeHeaders, opts: unknown = options): { status: number; fields: Record<string, string> } | undefined {
  const verdict = runPreflight(cors, opts, { headers })
  if (verdict?.kind !== 'reply') return undefined
  const { status, fields } = verdict.reply
  return { status, fields: Object.fromEntries(Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i], fields[2 * i + 1]])) }
}

/** Everything that a browser must not take for a listed origin. */
const STRANGERS = [
  'null',
  'https://evil.example',
  'https://evilshop.example',
  'https://shop.example.evil.test',
  'https://shop.example:444',
  'http://shop.example',
  'https://SHOP.example',
  'https://shop.example/',
  'https://shop.example@evil.test',
  'https://sub.shop.example',
  `${SHOP}, ${SHOP}`,
  '*',
  '',
  'constructor',
]

test('A86 only an origin of the list, byte for byte, may read an answer', async () => {
  assert.deepEqual(await answer({ origin: SHOP }), {
    vary: 'Origin',
    'access-control-allow-origin': SHOP,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'x-total',
  })
  for (const origin of STRANGERS) assert.deepEqual(await answer({ origin }), { vary: 'Origin' }, origin)
  assert.deepEqual(await answer({ origin: [SHOP, 'https://evil.example'] }), { vary: 'Origin' }, 'a repeated Origin is none')
})

test('what a preflight is not granted is noted for the log, and told to nobody else', () => {
  const note = (asked: FakeHeaders, opts: unknown = options): string | undefined => {
    const verdict = runPreflight(cors, opts, { headers: { origin: SHOP, 'access-control-request-method': 'PUT', ...asked } })
    return verdict?.kind === 'reply' ? verdict.note : 'no reply'
  }
  const closed = { ...options, methods: ['DELETE'], headers: ['X-A'] }
  const names = 'access-control-request-headers'
  assert.equal(note({ origin: 'https://evil.example' }), 'grants nothing: the origin is not one of `origins`')
  assert.equal(note({ [names]: 'x-a, x-b' }), undefined)
  assert.equal(note({}, closed), 'does not grant PUT: it is not one of `methods`')
  assert.equal(note({ 'access-control-request-method': 'POST' }, closed), undefined, 'safelisted')
  assert.equal(
    note({ 'access-control-request-method': 'DELETE', [names]: 'x-a,X-B,<b>' }, closed),
    'does not grant x-b: not among `headers`',
  )
  assert.equal(note({ 'access-control-request-method': 'BREW' }), 'does not grant the method: it is none that is let in')
  assert.equal(note({ [names]: 'x-a,,<b>' }), 'does not grant the headers: what it asks for is no list of names')
})

test('A86 only an origin of the list is granted a preflight', () => {
  for (const origin of STRANGERS) {
    const given = preflight({ origin, 'access-control-request-method': 'DELETE' })
    assert.deepEqual(
      given,
      { status: 204, fields: { vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' } },
      origin,
    )
  }
})

test('A86 what would open credentials to everyone is a load error', async () => {
  const refused: [unknown, RegExp][] = [
    [{ origins: ['*'], credentials: true }, /list the origins/],
    [{ origins: ['*', SHOP] }, /stands alone/],
    [{ origins: ['null'] }, /sandboxed/],
    [{ origins: ['https://*.shop.example'] }, /is a pattern/],
    [{ origins: ['https://shop.example/'] }, /is not an origin/],
    [{ origins: ['https://shop.example:443'] }, /browsers write this origin as `https:\/\/shop.example`/],
    [{ origins: ['shop.example'] }, /is not an origin/],
    [{ origins: ['https://user@shop.example'] }, /is not an origin/],
    [{ origins: [] }, /origins/],
    [{}, /origins/],
    [{ origins: [SHOP], maxAge: '1500ms' }, /whole seconds/],
    [{ origins: [SHOP], methods: ['TRACE'] }, /methods/],
    [{ origins: [SHOP], orgins: [SHOP] }, /orgins/],
  ]
  for (const [opts, message] of refused) await assert.rejects(answer({}, {}, opts), message)
})

test('A114 the service’s own Access-Control fields are replaced, and every answer varies by Origin', async () => {
  const service = {
    'access-control-allow-origin': '*',
    'Access-Control-Allow-Credentials': 'true',
    'access-control-anything-new': '1',
    etag: '"1"',
    vary: 'accept',
  }
  const granted = await answer({ origin: SHOP }, service)
  assert.equal(granted['access-control-allow-origin'], SHOP)
  assert.equal(granted['access-control-anything-new'], undefined)
  assert.equal(granted['etag'], '"1"')
  for (const headers of [{}, { origin: 'https://evil.example' }] as FakeHeaders[]) {
    const run = await runPolicy(cors, options, { request: { headers }, response: { headers: service } })
    assert.deepEqual(
      [...run.response.headers],
      [
        ['etag', '"1"'],
        ['vary', 'accept'],
        ['vary', 'Origin'],
      ],
    )
  }
})

test('an answer that already varies by Origin is not told so again', async () => {
  for (const vary of ['Origin', 'accept, ORIGIN', '*', 'origin\t, accept']) {
    const run = await runPolicy(cors, options, { response: { headers: { vary } } })
    assert.deepEqual(run.response.headers.getAll('vary'), [vary])
  }
  const near = await runPolicy(cors, options, { response: { headers: { vary: 'x-origin, origins' } } })
  assert.equal(near.response.headers.getAll('vary').length, 2)
})

test('a preflight is answered with what the options say', () => {
  const full = { ...options, methods: ['GET', 'PUT'], headers: ['X-Trace', 'content-type'], maxAge: '1h' }
  assert.deepEqual(preflight({ origin: SHOP, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-other' }, full), {
    status: 204,
    fields: {
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-trace, content-type',
      'access-control-max-age': '3600',
    },
  })
})

test('without lists a preflight grants the method that the route was chosen by and the fields that were asked for', () => {
  const given = preflight({ origin: SHOP, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,x-a' })
  assert.equal(given?.fields['access-control-allow-methods'], 'PATCH')
  assert.equal(given?.fields['access-control-allow-headers'], 'authorization,x-a')
  assert.equal(given?.fields['access-control-max-age'], '600')
  for (const asked of ['a b', 'a,,b', '*\u00e9', 'x'.repeat(2_000), ','.repeat(900)]) {
    const odd = preflight({ origin: SHOP, 'access-control-request-method': 'brew', 'access-control-request-headers': asked })
    assert.equal(odd?.fields['access-control-allow-headers'], undefined, asked.slice(0, 10))
    assert.equal(odd?.fields['access-control-allow-methods'], undefined)
  }
})

test('an OPTIONS request that is no preflight is left to the route', () => {
  assert.equal(preflight({ origin: SHOP }), undefined)
  assert.equal(preflight({ 'access-control-request-method': 'GET' }), undefined)
})

test('`*` without credentials grants everyone the same answer, which therefore does not vary', async () => {
  const open = { origins: ['*'] }
  assert.deepEqual(await answer({ origin: 'https://anyone.example' }, {}, open), { 'access-control-allow-origin': '*' })
  assert.deepEqual(await answer({ origin: 'null' }, {}, open), { 'access-control-allow-origin': '*' })
  assert.equal(preflight({ origin: 'null', 'access-control-request-method': 'GET' }, open)?.fields['access-control-allow-origin'], '*')
})

test('origins of app shells are listed as they are', async () => {
  const given = await answer({ origin: 'capacitor://localhost' }, {}, { origins: ['capacitor://localhost'] })
  assert.equal(given['access-control-allow-origin'], 'capacitor://localhost')
})
