// Generated configurations and requests for the property test of explanations: many routes that overlap, odd spellings, every kind of policy.
import type { ExplainRequest } from '../../src/runtime/explain-request.ts'
import type { WhenCondition } from '../../src/route/when.ts'
import type { Random } from '../harness/seeded.ts'

type Json = Record<string, unknown>

const HOSTS = ['a.test', '*.test', '*.b.test', 'x.b.test', 'shop.example']
const SEGMENTS = ['a', 'b', 'ab', 'products', '{x}', '{x}', 'a{x}', '{x}.json', '{x}1', '%C3%A1', 'á', '.{x}', '%61']
const VALUES = ['1', '2', '*']
const METHODS = ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']

/** Conditions in code: some that hold, some that cannot be decided. */
const WHENS: readonly WhenCondition[] = [
  (request) => request.header('x-a') === '1',
  (request) => request.query('q') === '1' || request.method === 'POST',
  (request) => request.path.length % 2 === 0,
  (request) => request.ip !== '10.0.0.1' && request.host !== 'a.test',
  (request) => {
    if (request.header('x-b') !== '') throw new Error('it cannot tell')
    return true
  },
  (request) => (request.query('v') === '' ? false : undefined),
]

const some = <T>(random: Random, list: readonly T[], most: number): T[] => [
  ...new Set(Array.from({ length: random.below(most + 1) }, () => random.of(list))),
]

function template(random: Random): string {
  const segments = Array.from({ length: random.below(4) }, (_, i) => random.of(SEGMENTS).replace('{x}', `{p${i}}`))
  const end = random.of(['', '', '', '/', '/{rest...}'])
  return `/${segments.join('/')}${segments.length === 0 ? end.slice(1) : end}`
}

const conditions = (random: Random, names: readonly string[]): Json =>
  Object.fromEntries(some(random, names, 2).map((name) => [name, random.of(VALUES)]))

function match(random: Random): unknown {
  const written = template(random)
  if (random.oneIn(2)) return random.oneIn(3) ? written : `${random.of(METHODS)} ${written}`
  return {
    path: written,
    ...(random.oneIn(3) && { methods: [random.of(METHODS)] }),
    ...(random.oneIn(2) && { hosts: [random.of(HOSTS)] }),
    ...(random.oneIn(3) && { headers: conditions(random, ['x-a', 'x-b', 'traceparent']) }),
    ...(random.oneIn(3) && { query: conditions(random, ['q', 'v', 'é']) }),
    ...(random.oneIn(5) && { when: random.of(WHENS) }),
  }
}

// In an order that every kind may stand in.
const policies = (random: Random): unknown[] =>
  [
    'request-id',
    { cors: { origins: [random.of(['https://shop.example', '*'])] } },
    { 'ip-filter': { deny: ['203.0.113.0/24'] } },
    'csrf',
    'refuser',
    'waiter',
    'replier',
    'thrower',
    { reader: { max: random.of([4, 64]) } },
    { headers: { request: { set: { 'x-a': '9' }, remove: ['x-b'] }, response: { append: { 'x-edge': '1' } } } },
    'teapot',
  ].filter(() => random.oneIn(5))

function handler(random: Random): Json {
  switch (random.below(6)) {
    case 0:
      return { reply: { status: random.of([200, 204, 404]), body: 'fixed' } }
    case 1:
      return { redirect: { to: '/elsewhere' } }
    case 2:
      return {
        split: [
          { service: 'one', weight: 1 },
          { service: 'two', weight: random.below(4) },
        ],
      }
    default:
      return { service: random.of(['one', 'two']), ...(random.oneIn(6) && { mirror: { service: 'two' } }) }
  }
}

/** A configuration; routes of it may clash. */
export function generateConfiguration(random: Random): { routes: Json } & Json {
  const routes: Json = {}
  const count = 3 + random.below(15)
  for (let i = 0; i < count; i++) {
    const forwards = handler(random)
    routes[`r${i}`] = {
      match: random.oneIn(4) ? [match(random), match(random)] : match(random),
      ...forwards,
      ...(random.oneIn(2) && { policies: policies(random) }),
      ...(random.oneIn(6) && { without: some(random, ['cors', 'refuser'], 2) }),
      ...('service' in forwards && random.oneIn(2) && { websocket: { origins: ['https://shop.example'] } }),
      ...(random.oneIn(6) && { limits: { body: '8B' } }),
      ...(random.oneIn(6) && { path: { encoded: ['slash', 'semicolon'] } }),
      ...(i > 0 && random.oneIn(4) && { over: `r${random.below(i)}` }),
    }
  }
  return {
    version: 1,
    ...(random.oneIn(3) && { client: { from: 'x-forwarded-for', trusted: ['10.0.0.0/8'] } }),
    ...(random.oneIn(4) && { limits: { target: '128B', headers: 8 } }),
    services: {
      one: { endpoints: ['http://127.0.0.1:7101', 'http://127.0.0.1:7102/base'] },
      two: { endpoints: ['http://127.0.0.1:7201'], host: 'endpoint' },
    },
    defaults: { policies: policies(random) },
    ...(random.oneIn(3) && { unmatched: { policies: policies(random) } }),
    routes,
  }
}

const ODD = ['a', 'b', 'ab', '%61', 'á', '%c3%a1', '%C3%A1', '', '..', '.', 'a;b', 'a%2Fb', 'x.json', 'aa', '%', 'products', '%00', 'a1']

function path(random: Random, templates: readonly string[]): string {
  if (random.oneIn(3) || templates.length === 0) return `/${Array.from({ length: random.below(5) }, () => random.of(ODD)).join('/')}`
  const filled = random
    .of(templates)
    .replaceAll('á', '%c3%a1')
    .replaceAll(/\{rest\.\.\.\}/g, () => random.of(['', 'a', 'a/b', 'a//b']))
    .replaceAll(/\{\w+\}/g, () => random.of(['a', '7', 'b', '%41', 'a%2Fb', 'x;y', 'é'.normalize('NFD')]))
  return random.oneIn(6) ? `${filled}/` : random.oneIn(8) ? `/z/..${filled}` : filled
}

const QUERIES = ['', '', 'q=1', 'q=2', 'v=1', 'q=1&v=2', 'q=1&q=1', '%71=1', 'v=%31', 'q', '%C3%A9=1', 'q=1;v=1', 'q=%zz', '&&v=2']
const FIELDS: readonly (readonly [string, string])[] = [
  ['x-a', '1'],
  ['X-A', '1'],
  ['x-a', '2'],
  ['x-b', '1'],
  ['x-b', ''],
  ['x-refuse', 'yes'],
  ['x-late', 'yes'],
  ['origin', 'https://shop.example'],
  ['origin', 'https://evil.example'],
  ['sec-fetch-site', 'cross-site'],
  ['x-forwarded-for', '203.0.113.9'],
  ['x-forwarded-for', '198.51.100.1, 10.1.1.1'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['x-request-id', 'mine'],
  ['connection', 'x-b'],
  ['connection', 'close'],
  ['expect', '100-continue'],
  ['te', 'trailers'],
  ['x_a', '1'],
  ['cookie', 'a=b'],
]

const UPGRADE: readonly (readonly [string, string])[] = [
  ['connection', 'upgrade'],
  ['upgrade', 'websocket'],
  ['sec-websocket-version', '13'],
  ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

/** A request; `templates` are paths that it may be meant for. */
export function generateRequest(random: Random, templates: readonly string[]): ExplainRequest {
  const query = random.of(QUERIES)
  const target = random.oneIn(200) ? '*' : `${path(random, templates)}${query === '' ? '' : `?${query}`}`
  const host = random.of([
    'a.test',
    'x.b.test',
    'SHOP.example',
    'other.org',
    'a.test:8080',
    '[::1]:8080',
    'y.test.',
    'a.test',
    'x.b.test',
    'a.test',
    random.oneIn(4) ? 'bad host' : 'a.test',
  ])
  const headers = some(random, FIELDS, 4).map((field): readonly [string, string] => field)
  if (random.oneIn(12)) headers.push(['origin', 'https://shop.example'], ['access-control-request-method', random.of([...METHODS, 'FOO'])])
  const method =
    headers.at(-1)?.[0] === 'access-control-request-method'
      ? 'OPTIONS'
      : random.oneIn(25)
        ? random.of(['TRACE', 'get', 'PROPFIND'])
        : random.of([...METHODS, 'PATCH'])
  const upgrade = random.oneIn(15)
  if (upgrade) headers.push(...UPGRADE, ['origin', random.of(['https://shop.example', 'https://evil.example'])])
  const absolute = target !== '*' && random.oneIn(8)
  return {
    method: upgrade ? 'GET' : method,
    url: target === '*' || !absolute ? target : `http://${random.of(['a.test', 'x.b.test'])}${target}`,
    headers: absolute ? headers : [['host', host], ...headers],
    from: random.of(['127.0.0.1', '10.1.2.3', '203.0.113.77', '2001:db8::1']),
    ...(!upgrade && random.oneIn(5) && { body: random.of(['{}', '{"a":1}', 'no json', '0123456789', '']) }),
  }
}
