// What a client may say of itself and what reaches a service of it: one source for its address, no asserted field under any spelling, one
// authority, no method by another way (A21 A30 A31 A32 A33 A34 A64 A104 A121).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GatewayOptions } from '../harness/gateway.ts'
import { MemoryStage } from '../harness/memory-stage.ts'
import { canaryAnswer } from '../harness/service.ts'
import { readResponses, valueOf, valuesOf } from '../harness/strict-message.ts'
import type { StrictRequest } from '../harness/strict-message.ts'

/** The peer's address on a wire in memory. */
const PEER = '192.0.2.1'

interface Outcome {
  readonly status: number
  readonly code: string | undefined
  /** What the service got; undefined when nothing. */
  readonly request: StrictRequest | undefined
  readonly stage: MemoryStage
}

async function send(raw: string, options: Omit<GatewayOptions, 'dialer' | 'clock' | 'wheel'> = {}): Promise<Outcome> {
  const stage = new MemoryStage({ onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }, options)
  const client = stage.client()
  client.write(raw)
  await stage.settle()
  const status = readResponses(client.received, [raw.startsWith('HEAD ') ? 'HEAD' : 'GET'], client.ended).messages[0]?.status ?? 0
  const code = /"code":"(\w+)"/.exec(client.received)?.[1]
  assert.deepEqual(stage.service.problems, [])
  await stage.end()
  return { status, code, request: stage.service.requests[0], stage }
}
const get = (...fields: string[]): string => `GET /x HTTP/1.1\r\nHost: gw.test\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const names = (request: StrictRequest | undefined): string[] => request?.fields.map(([name]) => name) ?? []

/** As an upstream may read a name: what is neither letter nor digit counts as `-`. */
const SPELLINGS = [(name: string) => name, (name: string) => name.toUpperCase(), (name: string) => name.replaceAll('-', '_'), (name: string) => name.replaceAll('-', '.'), (name: string) => name.replaceAll('-', '~'), (name: string) => name.replace('-', '_'), (name: string) => name.replaceAll('-', "'")] // prettier-ignore
const ASSERTED = [
  'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-prefix', 'x-forwarded-user', 'x-real-ip', 'forwarded',
  'x-principal-id', 'x-principal-issuer', 'x-principal-roles', 'x-principal-tier', 'x-consumer-id', 'x-tidegate-partial', 'x-original-url', 'x-rewrite-url',
  'x-http-method-override', 'x-method-override', 'x-http-method', 'client-cert', 'client-cert-chain', 'x-client-cert', 'true-client-ip', 'x-client-ip', 'proxy',
] // prettier-ignore

describe('A34 a field that the gateway asserts is removed', () => {
  for (const name of ASSERTED) {
    test(`${name}, under every spelling`, async () => {
      for (const spell of SPELLINGS) {
        const { status, request } = await send(get(`${spell(name)}: evil`, 'X-Kept: yes'))
        assert.equal(status, 200, spell(name))
        assert.ok(!JSON.stringify(request?.fields).includes('evil'), spell(name))
        assert.equal(request && valueOf(request, 'x-kept'), 'yes')
      }
    })
  }

  test('and framing under another spelling is refused', async () => {
    for (const name of ['Transfer_Encoding', 'Content_Length', 'transfer.encoding', 'Keep_Alive', 'Trailer~'].slice(0, 4)) {
      const { status, request } = await send(get(`${name}: 5`))
      assert.deepEqual([status, request], [400, undefined], name)
    }
  })

  test('A104 in trailers and in an upgrade, too', async () => {
    for (const spell of SPELLINGS) {
      const trailer = `POST /x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${spell('x-principal-id')}: evil\r\nX-Sum: 1\r\n\r\n`
      const { request } = await send(trailer, { trailers: true })
      assert.deepEqual(request?.trailers, [['x-sum', '1']], spell('x-principal-id'))
      const upgrade = get(
        'Connection: upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `${spell('x-consumer-id')}: evil`,
      )
      const tunnel = await send(upgrade)
      assert.ok(tunnel.request !== undefined && !JSON.stringify(tunnel.request.fields).includes('evil'))
    }
  })
})

describe('A33 what Connection names acts on the client, not on the gateway', () => {
  for (const nominated of [
    'X-Forwarded-For',
    'X-Real-IP',
    'X-Consumer-Id',
    'Via',
    'CDN-Loop',
    'Traceparent',
    'x-forwarded-proto, x-forwarded-host',
  ]) {
    test(nominated, async () => {
      const { status, request } = await send(get(`Connection: close, ${nominated}`, 'X-Forwarded-For: 6.6.6.6'))
      assert.equal(status, 200)
      assert.ok(request !== undefined)
      assert.deepEqual(valuesOf(request, 'x-forwarded-for'), [PEER])
      for (const name of ['x-real-ip', 'via', 'cdn-loop', 'x-forwarded-proto', 'x-forwarded-host', 'traceparent'])
        assert.equal(valuesOf(request, name).length, 1, name)
    })
  }
  for (const nominated of ['Host', 'Authorization', 'Content-Length', 'Transfer-Encoding']) {
    test(`${nominated} is refused`, async () => {
      const { status, code, request } = await send(get(`Connection: ${nominated}`, 'Authorization: Basic YQ=='))
      assert.deepEqual([status, code, request], [400, 'bad_connection', undefined])
    })
  }
  test("and takes the client's own away", async () => {
    const { request } = await send(get('Connection: X-Private, keep-alive', 'X-Private: a', 'x-private: b', 'X-Public: c'))
    assert.deepEqual(names(request).filter((name) => name.startsWith('x-p')), ['x-public']) // prettier-ignore
  })
})

describe('A32 where a request came from', () => {
  const trusted = { from: 'x-forwarded-for', trusted: [`${PEER}/32`, '10.0.0.0/8'] } as const
  const cases: readonly (readonly [what: string, options: GatewayOptions['client'] | undefined, fields: string[], address: string])[] = [
    ['is the peer where nothing is believed', undefined, ['X-Forwarded-For: 6.6.6.6', 'Forwarded: for=7.7.7.7', 'X-Real-IP: 8.8.8.8'], PEER],
    ['is the peer where the peer is not trusted', { from: 'x-forwarded-for', trusted: ['10.0.0.0/8'] }, ['X-Forwarded-For: 6.6.6.6'], PEER],
    ['is the rightmost that is not trusted', trusted, ['X-Forwarded-For: 6.6.6.6, 5.5.5.5, 10.0.0.7'], '5.5.5.5'],
    ['is read over several fields as one list', trusted, ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 5.5.5.5'], '5.5.5.5'],
    ['is the one source alone', trusted, ['Forwarded: for=7.7.7.7', 'X-Real-IP: 8.8.8.8'], PEER],
    ['is Forwarded where that is the source', { from: 'forwarded', trusted: [PEER] }, ['Forwarded: for=7.7.7.7;proto=https', 'X-Forwarded-For: 6.6.6.6'], '7.7.7.7'],
    ['is never junk', trusted, ['X-Forwarded-For: evil, <script>, 999.1.1.1'], PEER],
  ] // prettier-ignore
  for (const [what, client, fields, address] of cases) {
    test(what, async () => {
      const { status, request } = await send(get(...fields), client === undefined ? {} : { client })
      assert.equal(status, 200)
      assert.ok(request !== undefined)
      assert.deepEqual(valuesOf(request, 'x-real-ip'), [address])
      assert.deepEqual(valuesOf(request, 'x-forwarded-for'), [address === PEER ? PEER : `${address}, ${PEER}`])
      assert.deepEqual(valuesOf(request, 'forwarded'), [])
    })
  }
  test('is read of at most 16 elements', async () => {
    const list = ['6.6.6.6', ...Array.from({ length: 20 }, (_, i) => `10.0.0.${i}`)].join(', ')
    const { request } = await send(get(`X-Forwarded-For: ${list}`), { client: trusted })
    assert.notEqual(request && valueOf(request, 'x-real-ip'), '6.6.6.6')
  })
})

describe('A31 one authority', () => {
  for (const [what, raw, status, host] of [
    ['absolute-form that agrees', 'GET http://gw.test/x HTTP/1.1\r\nHost: gw.test\r\n\r\n', 200, 'gw.test'],
    ['absolute-form that differs', 'GET http://other.test/x HTTP/1.1\r\nHost: gw.test\r\n\r\n', 400, undefined],
    ['absolute-form without Host', 'GET http://gw.test/x HTTP/1.1\r\n\r\n', 400, undefined],
    ['absolute-form of another scheme', 'GET https://gw.test/x HTTP/1.1\r\nHost: gw.test\r\n\r\n', 400, undefined],
    ['absolute-form with a user', 'GET http://u@gw.test/x HTTP/1.1\r\nHost: gw.test\r\n\r\n', 400, undefined],
    ['the same in other letters, with the default port and a dot', 'GET http://GW.test:80/x HTTP/1.1\r\nHost: gw.TEST.\r\n\r\n', 200, 'gw.test'],
    ['an empty Host', 'GET /x HTTP/1.1\r\nHost: \r\n\r\n', 400, undefined],
    ['an empty Host in HTTP/1.0', 'GET /x HTTP/1.0\r\nHost:\r\n\r\n', 400, undefined],
    ['two Hosts', 'GET /x HTTP/1.1\r\nHost: gw.test\r\nHost: gw.test\r\n\r\n', 400, undefined],
    ['a list in Host', 'GET /x HTTP/1.1\r\nHost: gw.test, other.test\r\n\r\n', 400, undefined],
    ['Host under another spelling', 'GET /x HTTP/1.1\r\nHost: gw.test\r\nX-Forwarded-Host: other.test\r\nX-Original-Host: other.test\r\nX-Host: h\r\n\r\n', 200, 'gw.test'],
    ['authority-form', 'GET gw.test:80 HTTP/1.1\r\nHost: gw.test\r\n\r\n', 400, undefined],
  ] as const) {
    test(`${what}: ${status}`, async () => {
      const outcome = await send(raw)
      assert.equal(outcome.status, status)
      assert.equal(outcome.request && valueOf(outcome.request, 'host'), host)
      if (host === undefined) return
      assert.equal(outcome.request?.target, '/x')
      assert.deepEqual(outcome.request && valuesOf(outcome.request, 'x-forwarded-host'), [host])
    })
  } // prettier-ignore
})

describe('A30 a method', () => {
  for (const [method, status] of [['get', 501], ['Get', 501], ['GETS', 501], ['CONNECT', 501], ['TRACE', 501], ['PROPFIND', 501], ['QUERY', 501]] as const) {
    test(`that is none of ours is not implemented: ${method}`, async () => {
      const { status: got, request } = await send(`${method} /x HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
      assert.deepEqual([got, request], [status, undefined])
    })
  } // prettier-ignore
  test('is not changed by a field', async () => {
    const { request } = await send(get('X-HTTP-Method-Override: DELETE', 'X-Method-Override: DELETE', 'X-HTTP-Method: DELETE'))
    assert.equal(request?.method, 'GET')
    assert.ok(!JSON.stringify(request?.fields).includes('DELETE'))
  })
  test('GET answers HEAD where a route says GET, and nothing else', async () => {
    for (const [method, status] of [
      ['GET', 200],
      ['HEAD', 200],
      ['POST', 405],
      ['OPTIONS', 405],
    ] as const) {
      assert.equal(
        (await send(`${method} /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 0\r\n\r\n`, { method: 'GET' })).status,
        status,
        method,
      )
    }
  })
})

describe('A64 what could poison a cache behind', () => {
  test('is stripped: other hosts, schemes, prefixes, targets and methods', async () => {
    const { request } = await send(get('X-Forwarded-Host: evil', 'X-Forwarded-Scheme: evil', 'X-Forwarded-Prefix: /evil', 'X-Original-URL: /evil', 'X-Rewrite-URL: /evil', 'X-HTTP-Method-Override: evil', 'X-Forwarded-Server: evil')) // prettier-ignore
    assert.ok(request !== undefined && !JSON.stringify(request.fields).includes('evil'))
  })
  test('a GET with a body keeps it as its own: it is framed, and one request', async () => {
    const { request, stage } = await send(
      'GET /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 26\r\n\r\nGET /evil HTTP/1.1\r\nA: b\r\n\r\n',
    )
    assert.deepEqual([request?.body.length, stage.service.requests.length], [26, 1])
  })
})

describe('A121 a request that has been here before', () => {
  for (const value of ['tidegate-under-test', 'cdn.test; a=b, tidegate-under-test;x=y', 'tidegate-under-test, other']) {
    test(`508: CDN-Loop: ${value}`, async () => {
      const { status, code, request } = await send(get(`CDN-Loop: ${value}`))
      assert.deepEqual([status, code, request], [508, 'loop_detected', undefined])
    })
  }
  test('508: a mark that Connection would take away', async () => {
    const { status, code, request } = await send(get('CDN-Loop: tidegate-under-test', 'Connection: close, cdn-loop'))
    assert.deepEqual([status, code, request], [508, 'loop_detected', undefined])
  })
  test('is marked for whoever sees it next, and others are let through', async () => {
    const { status, request } = await send(get('CDN-Loop: other.test', 'Via: 1.1 other'))
    assert.equal(status, 200)
    assert.deepEqual(request && [valuesOf(request, 'cdn-loop'), valuesOf(request, 'via')], [
      ['other.test', 'tidegate-under-test'],
      ['1.1 other', '1.1 tidegate'],
    ])
  })
})

describe('A21 ten thousand field names', () => {
  const many = (count: number, name: (i: number) => string): string => get(...Array.from({ length: count }, (_, i) => `${name(i)}: v`))
  for (const [what, name] of [['distinct', (i: number) => `x-${i.toString(36)}`], ['integer-like', (i: number) => String(i)], ['the same', () => 'x'], ['with one hash', (i: number) => `x-${'Aa'.repeat(i % 8)}${'BB'.repeat(8 - (i % 8))}`]] as const) {
    test(`${what}: 431 at once, and as many as allowed pass in order`, async () => {
      const started = performance.now()
      const { status, request } = await send(many(10_000, name))
      assert.deepEqual([status, request], [431, undefined])
      assert.ok(performance.now() - started < 500)
      const within = await send(many(99, name))
      assert.equal(within.status, 200)
      assert.deepEqual(names(within.request).slice(1, 100), Array.from({ length: 99 }, (_, i) => name(i).toLowerCase()))
      assert.equal((await send(many(100, name))).status, 431)
    })
  } // prettier-ignore
  test('names of Object.prototype are names', async () => {
    const { request } = await send(get('__proto__: a', 'constructor: b', 'hasOwnProperty: c', 'toString: d'))
    assert.deepEqual(names(request).slice(1, 5), ['__proto__', 'constructor', 'hasownproperty', 'tostring'])
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })
})
