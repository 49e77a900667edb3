import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { runPolicy, type FakeCallInit, type FakeHeaders, type PolicyRun } from '../../testing/index.ts'
import { compress } from './policy.ts'

const JSON_BODY = JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ id: i, name: `product ${i}` })))
const LARGE = JSON_BODY.repeat(40)
const decode = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync }

function run(
  response: { status?: number; headers?: FakeHeaders; body?: string },
  options: unknown = {},
  request: FakeCallInit = {},
): Promise<PolicyRun> {
  return runPolicy(compress, options, {
    request: { ...request, headers: { 'accept-encoding': 'gzip, br, zstd', ...request.headers } },
    response: {
      status: response.status ?? 200,
      headers: { 'content-type': 'application/json', ...response.headers },
      body: response.body ?? JSON_BODY,
    },
  })
}

/** Left exactly as it was, and nobody told that it might differ. */
const assertUntouched = ({ response }: PolicyRun, body: string, what: string): void => {
  assert.equal(response.headers.get('content-encoding'), undefined, what)
  assert.equal(response.headers.get('vary'), undefined, what)
  assert.equal(response.body.toString(), body, what)
}

for (const name of ['zstd', 'br', 'gzip'] as const) {
  test(`${name}: a small body and a large one come out as they went in`, async () => {
    for (const body of [JSON_BODY, LARGE]) {
      const { response, failures } = await run({ body }, { algorithms: [name] })
      assert.deepEqual(failures, [])
      assert.equal(response.headers.get('content-encoding'), name)
      assert.equal(response.headers.get('vary'), 'Accept-Encoding')
      assert.ok(response.body.length < body.length / 4)
      assert.equal(decode[name](response.body).toString(), body)
    }
  })
}

test('each level is what it says: a smaller one for more work', async () => {
  for (const name of ['zstd', 'br', 'gzip'] as const) {
    const sizes: number[] = []
    for (const level of ['fast', 'balanced', 'small'])
      sizes.push((await run({ body: LARGE.slice(0, 16_000) }, { algorithms: [name], level })).response.body.length)
    assert.ok((sizes[2] as number) < (sizes[0] as number), `${name}: ${sizes.join(' ')}`)
  }
})

test('what has no body of its own, or a part of one, or is compressed, small or no text, is left alone', async () => {
  const large = 'x'.repeat(5_000)
  const rows: readonly (readonly [string, Parameters<typeof run>[0]])[] = [
    ['206', { status: 206, headers: { 'content-range': 'bytes 0-4999/9000' }, body: large }],
    ['a range by its field', { headers: { 'content-range': 'bytes 0-4999/9000' }, body: large }],
    ['a coding of the service', { headers: { 'content-encoding': 'br', vary: [] }, body: large }],
    ['an image', { headers: { 'content-type': 'image/png' }, body: large }],
    ['no type', { headers: { 'content-type': [] }, body: large }],
    ['a type that only begins like one', { headers: { 'content-type': 'application/jsonp' }, body: large }],
    ['no-transform', { headers: { 'cache-control': 'public, no-transform' }, body: large }],
    ['no-transform in a second field', { headers: { 'cache-control': ['public', 'No-Transform'] }, body: large }],
    ['a digest', { headers: { 'content-digest': 'sha-256=:x:' }, body: large }],
    ['a signature', { headers: { signature: 's=:x:' }, body: large }],
    ['a small body', { body: 'x'.repeat(1_023) }],
    ['no body', { body: '' }],
  ]
  for (const [what, response] of rows) {
    const { response: answer } = await run(response)
    if (what !== 'a coding of the service') assertUntouched({ response: answer } as PolicyRun, response.body as string, what)
    else assert.equal(answer.headers.get('content-encoding'), 'br')
  }
  for (const status of [204, 205, 304]) assertUntouched(await run({ status, body: '' }, { minSize: '0B' }), '', `${status}`)
})

test('types are taken by name, by group and by suffix, whatever their case and parameters', async () => {
  for (const type of ['text/html; charset=utf-8', 'TEXT/CSS', 'application/problem+json', 'image/svg+xml', 'application/json ;x=y'])
    assert.ok((await run({ headers: { 'content-type': type } })).response.headers.has('content-encoding'), type)
  const options = { types: ['application/vnd.shop', '*+cbor', 'model/*'] }
  for (const type of ['application/vnd.shop', 'application/x+cbor', 'model/stl'])
    assert.ok((await run({ headers: { 'content-type': type } }, options)).response.headers.has('content-encoding'), type)
  for (const type of ['text/html', 'application/json', 'modelx/stl', 'application/cbor'])
    assert.ok(!(await run({ headers: { 'content-type': type } }, options)).response.headers.has('content-encoding'), type)
})

test('a client that accepts nothing gets the body as it is, and caches are told that others would not', async () => {
  for (const accept of ['identity', 'gzip;q=0', 'deflate', '']) {
    const { response } = await run({}, {}, { headers: { 'accept-encoding': accept } })
    assert.equal(response.body.toString(), JSON_BODY)
    assert.equal(response.headers.get('vary'), 'Accept-Encoding')
    assert.equal(response.headers.get('content-encoding'), undefined)
  }
  const { response } = await run({}, {}, { headers: { 'cache-control': 'no-transform' } })
  assert.equal(response.headers.get('content-encoding'), undefined, 'a client that asks that nobody changes the body')
})

test('Vary is told once, and joins what the service said', async () => {
  for (const vary of ['accept-encoding', 'Origin, Accept-Encoding', '*'])
    assert.deepEqual((await run({ headers: { vary } })).response.headers.getAll('vary'), [vary])
  assert.deepEqual((await run({ headers: { vary: 'Origin' } })).response.headers.getAll('vary'), ['Origin', 'Accept-Encoding'])
  assert.deepEqual((await run({ headers: { vary: ['Origin', 'Accept-Encoding'] } })).response.headers.getAll('vary'), [
    'Origin',
    'Accept-Encoding',
  ])
})

test('a compressed body is another representation: its ETag is weak, and no part of it can be asked for', async () => {
  const { response } = await run({ headers: { etag: '"1"', 'accept-ranges': 'bytes' } })
  assert.equal(response.headers.get('etag'), 'W/"1"')
  assert.equal(response.headers.get('accept-ranges'), undefined)
  assert.equal((await run({ headers: { etag: 'W/"1"' } })).response.headers.get('etag'), 'W/"1"')
  const plain = await run({ headers: { etag: '"1"', 'accept-ranges': 'bytes' } }, {}, { headers: { 'accept-encoding': 'identity' } })
  assert.equal(plain.response.headers.get('etag'), '"1"')
  assert.equal(plain.response.headers.get('accept-ranges'), 'bytes')
})

test('a body that would grow stays as it is', async () => {
  const body = Array.from({ length: 60 }, (_, i) => String.fromCharCode(33 + i)).join('')
  const { response } = await run({ body }, { minSize: '1B' })
  assert.equal(response.body.toString(), body)
  assert.equal(response.headers.get('content-encoding'), undefined)
})

test('HEAD says of itself what GET would', async () => {
  const { response } = await run({ headers: { etag: '"1"' } }, {}, { method: 'HEAD' })
  assert.equal(response.headers.get('content-encoding'), 'zstd')
  assert.equal(response.headers.get('etag'), 'W/"1"')
  assert.equal(response.headers.get('vary'), 'Accept-Encoding')
})

test('options that mean nothing are load errors', async () => {
  const refused: [unknown, RegExp][] = [
    [{ algorithms: ['deflate'] }, /algorithms/],
    [{ algorithms: [] }, /at least one/],
    [{ algorithms: ['br', 'br'] }, /twice/],
    [{ minSize: '2MiB' }, /not a size up to 1MiB/],
    [{ minSize: '10' }, /has no unit/],
    [{ types: ['text/html; charset=utf-8'] }, /write `text\/html`/],
    [{ types: ['*/*'] }, /not a media type/],
    [{ level: '6' }, /level/],
    [{ levels: 'fast' }, /levels/],
  ]
  for (const [options, message] of refused) await assert.rejects(run({}, options), message)
})
