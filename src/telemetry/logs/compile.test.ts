import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EXAMPLE_WALL, exampleCall, exampleOutcome } from '../../../test/telemetry/example-call.ts'
import { compileEncoder } from './compile.ts'
import type { AccessLogFormat, AccessLogOptions } from './encoder.ts'
import { rejectedCall, rejectedOutcome } from './rejected-call.ts'

const FORMATS: readonly AccessLogFormat[] = ['ecs', 'json', 'common', 'combined', 'pretty']
const encoder = (format: AccessLogFormat, redact: Partial<AccessLogOptions['redact']> = {}) =>
  compileEncoder({ format, redact: { headers: [], query: [], ...redact }, service: 'shop-edge' })

/** Of a line of JSON, the keys that `names` renames. */
const picked = (line: string, names: Record<string, string>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(JSON.parse(line) as object).flatMap(([key, value]) => (names[key] === undefined ? [] : [[names[key], value]])),
  )

const failing = exampleOutcome({
  status: 502,
  fault: 'upstream_refused',
  detail: 'connect ECONNREFUSED 127.0.0.1:7101',
  connect: 1.2,
  firstByte: -1,
  transfer: -1,
  attempts: 2,
})

test('ecs names its fields as ECS does', () => {
  const line = encoder('ecs')(exampleCall(), exampleOutcome(), EXAMPLE_WALL)
  assert.deepEqual(JSON.parse(line), {
    '@timestamp': '2026-01-02T03:04:05.678Z',
    'log.level': 'info',
    message: 'GET /products/42 200',
    'ecs.version': '8.17.0',
    'service.name': 'shop-edge',
    'event.dataset': 'tidegate.access',
    'event.outcome': 'success',
    'http.request.method': 'GET',
    'url.path': '/products/42',
    'url.query': 'page=2&access_token=[redacted]',
    'url.domain': 'shop.example',
    'client.ip': '203.0.113.7',
    'source.ip': '10.0.0.5',
    'user_agent.original': 'curl/8.9.1',
    'http.request.id': '4f0c9e2d7b61a8350d2e94c17f6ab38e',
    'trace.id': '0af7651916cd43dd8448eb211c80319c',
    'span.id': 'b7ad6b7169203331',
    'tidegate.route': 'product',
    'tidegate.service': 'catalog',
    'tidegate.endpoint': 'http://127.0.0.1:7101',
    'http.request.bytes': 214,
    'http.response.bytes': 381,
    'http.response.status_code': 200,
    'tidegate.attempts': 1,
    'event.duration': 12_345_600,
    'tidegate.duration.queue': 0.021,
    'tidegate.duration.first_byte': 11.802,
    'tidegate.duration.transfer': 0.34,
  })
})

test('ecs tells a failure by level, outcome, fault and error', () => {
  const record = JSON.parse(encoder('ecs')(exampleCall(), failing, EXAMPLE_WALL))
  assert.equal(record['log.level'], 'error')
  assert.equal(record['event.outcome'], 'failure')
  assert.equal(record['tidegate.fault'], 'upstream_refused')
  assert.equal(record['error.code'], 'upstream_refused')
  assert.equal(record['error.message'], 'connect ECONNREFUSED 127.0.0.1:7101')
  const refused = JSON.parse(
    encoder('ecs')(exampleCall(), exampleOutcome({ status: 403, fault: 'refused', code: 'header_missing' }), EXAMPLE_WALL),
  )
  assert.equal(refused['error.code'], 'header_missing')
  assert.equal(refused['log.level'], 'info')
  const told = JSON.parse(encoder('ecs')(exampleCall(), exampleOutcome({ status: 204, detail: 'a "reason"' }), EXAMPLE_WALL))
  assert.deepEqual([told['event.reason'], told['error.message']], ['a "reason"', undefined])
})

test('the domain of ECS is the authority without its port', () => {
  for (const [host, domain] of [
    ['a.example', 'a.example'],
    ['a.example:81', 'a.example'],
    ['[::1]', '[::1]'],
    ['[::1]:81', '[::1]'],
  ] as const) {
    assert.equal(JSON.parse(encoder('ecs')(exampleCall({ host }), exampleOutcome(), EXAMPLE_WALL))['url.domain'], domain)
  }
})

test('common and combined tell the version that the client spoke', () => {
  const call = exampleCall()
  for (const [version, told] of [
    ['1.0', 'HTTP/1.0'],
    ['1.1', 'HTTP/1.1'],
    ['2', 'HTTP/2.0'],
    [undefined, 'HTTP/1.1'],
  ] as const) {
    const spoken = version === undefined ? call : { ...call, request: { ...call.request, version } }
    for (const format of ['common', 'combined'] as const)
      assert.ok(encoder(format)(spoken, exampleOutcome(), EXAMPLE_WALL).includes(` ${told}" 200 381`), `${format} ${told}`)
  }
})

test('what could not be read of a refused request is a dash, or left out', () => {
  const line = (format: AccessLogFormat, method: string, target: string): string =>
    encoder(format)(
      rejectedCall('10.0.0.5', target, { id: '', method, status: 400, requestBytes: 9, responseBytes: 184, duration: 1 }),
      rejectedOutcome('bad_request_line', undefined),
      EXAMPLE_WALL,
    )
  assert.match(line('common', '', ''), /\] "-" 400 /)
  assert.match(line('common', 'GET', ''), /\] "GET - HTTP\/1\.1" 400 /)
  assert.match(line('common', '', '/x'), /\] "- \/x HTTP\/1\.1" 400 /)
  assert.match(line('pretty', '', ''), / 400 - - 0B from 10\.0\.0\.5 /)
  for (const [method, target, message] of [
    ['', '', '400'],
    ['GET', '', 'GET 400'],
    ['', '/x', '/x 400'],
  ] as const) {
    const told = Object.fromEntries([...(method === '' ? [] : [['method', method]]), ...(target === '' ? [] : [['path', target]])])
    const ecs = { 'http.request.method': 'method', 'url.path': 'path', 'url.domain': 'host', message: 'message' }
    assert.deepEqual(picked(line('ecs', method, target), ecs), { ...told, message })
    assert.deepEqual(picked(line('json', method, target), { method: 'method', path: 'path', host: 'host' }), told)
  }
})

test('common and combined are what their parsers expect', () => {
  const combined =
    /^(\S+) - - \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] "(\S+) (\S+) HTTP\/1\.1" (\d{3}|-) (\d+)(?: "(.*)" "(.*)")?\n$/
  assert.deepEqual(combined.exec(encoder('common')(exampleCall(), exampleOutcome(), EXAMPLE_WALL))?.slice(1, 7), [
    '203.0.113.7',
    '02/Jan/2026:03:04:05 +0000',
    'GET',
    '/products/42?page=2&access_token=[redacted]',
    '200',
    '381',
  ])
  assert.deepEqual(combined.exec(encoder('combined')(exampleCall(), exampleOutcome(), EXAMPLE_WALL))?.slice(7), [
    'https://shop.example/list?page=2',
    'curl/8.9.1',
  ])
  assert.match(encoder('combined')(exampleCall({ fields: [] }), exampleOutcome(), EXAMPLE_WALL), / "-" "-"\n$/)
})

test('A78 one record in, one record out, in every format and whatever stands in it', () => {
  const hostile = fc.string({
    maxLength: 12,
    unit: fc.oneof(
      fc.constantFrom('\r', '\n', '\x1b', '\u2028', '\u2029', '\u202e', '"', '\\', '\x85', '\x9b', ' ', '{', '}', ',', '\xc3', '\xa9'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
    ),
  })
  const call = fc.record({
    method: hostile,
    host: hostile,
    path: hostile,
    query: hostile,
    client: hostile,
    peer: hostile,
    id: hostile,
    route: hostile,
    agent: hostile,
    detail: hostile,
  })
  const encoders = FORMATS.map((format) => [format, encoder(format)] as const)
  fc.assert(
    fc.property(call, ({ agent, detail, ...given }) => {
      const view = exampleCall({ ...given, fields: ['user-agent', agent, 'referer', agent] })
      for (const [format, encode] of encoders) {
        const line = encode(view, { ...failing, detail, service: agent, endpoint: agent, code: detail }, EXAMPLE_WALL)
        assert.ok(line.endsWith('\n'))
        assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        if (format === 'ecs') assert.equal(JSON.parse(line)['tidegate.fault'], 'upstream_refused')
        if (format === 'json') assert.equal(JSON.parse(line).fault, 'upstream_refused')
        if (format === 'combined') assert.match(line, /^\S+ - - \[[^\]]*\] "[^"]*" 502 381 "[^"]*" "[^"]*"\n$/)
      }
    }),
    { numRuns: 300 },
  )
})

test('A77 canaries in Authorization, Cookie, redacted fields, queries, referrers and user information appear nowhere', () => {
  const canary = 'canary-7f3a9c51'
  const spellings = [
    canary,
    Buffer.from(canary).toString('base64'),
    Buffer.from(canary).toString('base64url'),
    encodeURIComponent(canary),
    canary.replace('-', '%2D'),
  ]
  for (const secret of spellings) {
    const fields = [
      'authorization',
      `Bearer ${secret}`,
      'proxy-authorization',
      `Basic ${secret}`,
      'cookie',
      `sid=${secret}`,
      'x-secret',
      secret,
      'user-agent',
      secret,
    ]
    fields.push('referer', `https://u:${secret}@app.example/cb?code=${secret}#id_token=${secret}`)
    const queries = [
      `access_token=${secret}`,
      `a=1&API%2Dkey=${secret}`,
      `mine=${secret}`,
      `to=${encodeURIComponent(`https://x/?token=${secret}`)}`,
    ]
    for (const format of FORMATS) {
      const encode = encoder(format, { headers: ['x-secret', 'user-agent'], query: ['mine'] })
      for (const query of queries) {
        const rejected = rejectedCall('192.0.2.1', `http://u:${secret}@shop.example/?${query}`, undefined)
        const lines = [
          encode(exampleCall({ fields, query }), exampleOutcome(), EXAMPLE_WALL),
          encode(exampleCall({ fields, query }), failing, EXAMPLE_WALL),
          encode(rejected, rejectedOutcome('bad_path', undefined), EXAMPLE_WALL),
        ]
        for (const line of lines) assert.ok(!line.includes(secret), `${format}: ${line}`)
      }
    }
  }
})

test('docs/access-log.md shows each format as it is written', () => {
  const docs = readFileSync(new URL('../../../docs/access-log.md', import.meta.url), 'utf8')
  for (const format of FORMATS) {
    const lines = [encoder(format)(exampleCall(), exampleOutcome(), EXAMPLE_WALL), encoder(format)(exampleCall(), failing, EXAMPLE_WALL)]
    assert.ok(docs.includes(`\`\`\`\n${lines.join('')}\`\`\``), `the example of ${format} should be:\n${lines.join('')}`)
  }
})
