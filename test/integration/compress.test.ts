// What `compress` does on the wire: events that arrive at once, clients and services that leave in the middle, HEAD, slow readers.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createBrotliDecompress, createGunzip, createZstdDecompress, gunzipSync } from 'node:zlib'
import { bounds } from '../../src/policies/compress/bounds.ts'
import { createGateway } from '../../src/runtime/gateway.ts'

const BODY = JSON.stringify(Array.from({ length: 400 }, (_, i) => ({ id: i, name: `product ${i}` })))
const LARGE = BODY.repeat(100)

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** A service behind a gateway whose one route compresses; both end with the test. */
async function behind(answer: Answer, run: (port: number) => Promise<void>, options: object = {}): Promise<void> {
  const server = http.createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await using gateway = await createGateway({
    version: 1,
    listeners: { web: { address: '127.0.0.1', port: 0 } },
    services: { shop: { endpoints: [`http://127.0.0.1:${port}`] } },
    routes: {
      shop: { match: '/{rest...}', service: 'shop', policies: [{ compress: options }] },
      fixed: { match: '/fixed', reply: { json: JSON.parse(BODY) as object }, policies: ['compress'] },
    },
    telemetry: { logs: { sinks: [] } },
  })
  const [web] = await gateway.listen()
  try {
    await run(Number(new URL(web?.url ?? '').port))
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

function ask(port: number, path: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { 'accept-encoding': 'gzip', ...headers },
      agent: false,
    })
    request.on('response', resolve).on('error', reject).end()
  })
}

async function read(answer: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 2_000, `never came: ${what}`)
    await setTimeout(1)
  }
}

const json: Answer = (request, response) => {
  const body = request.url === '/large' ? LARGE : BODY
  response.writeHead(200, { 'content-type': 'application/json', etag: '"1"', 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

test('a small answer has its new length, a large one comes in chunks, and both are whole', () =>
  behind(json, async (port) => {
    const small = await ask(port, '/small')
    const bytes = await read(small)
    assert.equal(small.headers['content-encoding'], 'gzip')
    assert.equal(small.headers['content-length'], `${bytes.length}`)
    assert.equal(small.headers['etag'], 'W/"1"')
    assert.equal(gunzipSync(bytes).toString(), BODY)
    const large = await ask(port, '/large')
    assert.equal(large.headers['content-length'], undefined)
    assert.equal(gunzipSync(await read(large)).toString(), LARGE)
    await until(() => bounds.open === 0, 'the end of every compressor')
  }))

test('HEAD tells the coding without a body, and no length that would be another one', () =>
  behind(json, async (port) => {
    for (const path of ['/small', '/fixed']) {
      const answer = await ask(port, path, {}, 'HEAD')
      assert.equal(answer.headers['content-encoding'], 'gzip', path)
      assert.equal(answer.headers['content-length'], undefined, path)
      assert.equal(answer.headers['vary'], 'Accept-Encoding', path)
      assert.equal((await read(answer)).length, 0)
    }
  }))

test('an answer of a `reply` route is compressed, and our own errors, which are small, are not', () =>
  behind(
    (request) => request.destroy(),
    async (port) => {
      const fixed = await ask(port, '/fixed')
      assert.equal(fixed.headers['content-encoding'], 'gzip')
      assert.equal(gunzipSync(await read(fixed)).toString(), BODY)
      const failed = await ask(port, '/any')
      assert.equal(failed.statusCode, 502)
      assert.equal(failed.headers['content-encoding'], undefined)
      assert.equal((JSON.parse((await read(failed)).toString()) as { status: number }).status, 502)
    },
  ))

test('a fault that takes the place of an answer whose body was to be compressed is whole', () =>
  behind(
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5_000 })
      response.write('x')
      // Once the gateway has the head.
      void setTimeout(50).then(() => response.destroy())
    },
    async (port) => {
      const answer = await ask(port, '/any')
      assert.equal(answer.statusCode, 502)
      assert.equal(answer.headers['content-encoding'], undefined)
      assert.equal((JSON.parse((await read(answer)).toString()) as { code: string }).code, 'upstream_truncated')
    },
    { minSize: '1B' },
  ))

const decoders = { gzip: createGunzip, br: createBrotliDecompress, zstd: createZstdDecompress }

for (const coding of ['gzip', 'br', 'zstd'] as const) {
  test(`${coding}: no event waits for the next one, and a client that leaves leaves no compressor behind`, async () => {
    let events: http.ServerResponse | undefined
    await behind(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        events = response
        response.write('data: 0\n\n')
      },
      async (port) => {
        const answer = await ask(port, '/events', { 'accept-encoding': coding })
        assert.equal(answer.headers['content-encoding'], coding)
        const decoder = answer.pipe(decoders[coding]())
        let text = ''
        decoder.on('data', (chunk: Buffer) => (text += chunk.toString()))
        for (let i = 0; i < 20; i++) {
          await until(() => text.endsWith(`data: ${i}\n\n`), `event ${i}`)
          events?.write(`data: ${i + 1}\n\n`)
        }
        assert.equal(bounds.open, 1)
        decoder.on('error', () => {})
        answer.destroy()
        await until(() => bounds.open === 0, 'the end of the compressor')
        decoder.destroy()
      },
    )
  })
}

test('a service that breaks off in the middle: the client cannot take it for whole', () =>
  behind(
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write(LARGE.slice(0, 200_000))
      void setTimeout(20).then(() => response.destroy())
    },
    async (port) => {
      const answer = await ask(port, '/any')
      await assert.rejects(read(answer))
      await until(() => bounds.open === 0, 'the end of the compressor')
    },
  ))

test('R14 a client that reads slowly pauses the service: little is held in between', async () => {
  const SIZE = 64 * 1_048_576
  // Nothing that shrinks: what is held is what was sent.
  const NOISE = randomBytes(1_048_576)
  let written = 0
  await behind(
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      const more = (): void => {
        while (written < SIZE) {
          const at = written % NOISE.length
          written += 16_384
          if (!response.write(NOISE.subarray(at, at + 16_384))) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    },
    async (port) => {
      const answer = await ask(port, '/any', { 'accept-encoding': 'zstd' })
      answer.pause()
      // Until nothing moves any more.
      let before = 0
      do {
        before = written
        await setTimeout(150)
      } while (before === 0 || written > before)
      assert.ok(written < SIZE / 2, `the service wrote ${written} bytes`)
      answer.destroy()
      await until(() => bounds.open === 0, 'the end of the compressor')
      written = SIZE
    },
    { level: 'fast' },
  )
})
