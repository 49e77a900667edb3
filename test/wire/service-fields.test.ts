// What a service may say and what reaches a client of it (A114, A7, A8), and what a mirror may cost (A123).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Gateway } from '../harness/gateway.ts'
import { MemoryStage } from '../harness/memory-stage.ts'
import { connectTcp } from '../harness/peer.ts'
import { canaryAnswer, Service } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import { readResponses, valuesOf } from '../harness/strict-message.ts'
import type { StrictResponse } from '../harness/strict-message.ts'

async function answerTo(fields: readonly string[]): Promise<StrictResponse | undefined> {
  const stage = new MemoryStage({
    onRequest: ({ peer }) => peer.write(`HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}Content-Length: 2\r\n\r\nok`),
  })
  const client = stage.client()
  client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
  await stage.settle()
  const [answer] = readResponses(client.received, [], client.ended).messages
  await stage.end()
  return answer
}

describe('A114 a field that the gateway itself tells about an answer', () => {
  for (const name of [
    'Proxy-Status',
    'Cache-Status',
    'RateLimit',
    'RateLimit-Policy',
    'X-Tidegate-Partial',
    'x_tidegate_cache',
    'X-TIDEGATE-Route',
  ]) {
    test(`is not a service's to say: ${name}`, async () => {
      const answer = await answerTo([`${name}: evil`, 'X-Kept: yes'])
      assert.equal(answer?.status, 200)
      assert.deepEqual(answer.fields.filter(([key]) => key !== 'date'), [['x-kept', 'yes'], ['content-length', '2']]) // prettier-ignore
    })
  }
  test('hop-by-hop fields and what Connection names stay behind', async () => {
    const answer = await answerTo([
      'Connection: keep-alive, X-Hop',
      'Keep-Alive: timeout=9',
      'X-Hop: a',
      'Proxy-Authenticate: Basic',
      'Upgrade: h2c',
      'Trailer: x',
      'TE: x',
      'X-Kept: yes',
    ])
    assert.deepEqual(answer?.fields.filter(([key]) => key !== 'date'), [['x-kept', 'yes'], ['content-length', '2']]) // prettier-ignore
  })
  test('Set-Cookie passes line by line', async () => {
    const answer = await answerTo(['Set-Cookie: a=1', 'Set-Cookie: b=2, c', 'set-cookie: d=3'])
    assert.deepEqual(answer && valuesOf(answer, 'set-cookie'), ['a=1', 'b=2, c', 'd=3'])
  })
})

describe('A8 an answer with a line too many', () => {
  for (const [what, bytes] of [
    ['a bare LF in a value', 'HTTP/1.1 200 OK\r\nX-A: b\nSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n'],
    ['NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: b\0evil\r\nContent-Length: 0\r\n\r\n'],
    ['a control in the reason', 'HTTP/1.1 200 O\x01K evil\r\nContent-Length: 0\r\n\r\n'],
    ['a folded value', 'HTTP/1.1 200 OK\r\nX-A: b\r\n evil\r\nContent-Length: 0\r\n\r\n'],
    ['a name with a space', 'HTTP/1.1 200 OK\r\nX A: evil\r\nContent-Length: 0\r\n\r\n'],
    ['a Location of two lines', 'HTTP/1.1 302 Found\r\nLocation: /a\r\r\nevil: x\r\nContent-Length: 0\r\n\r\n'],
  ] as const) {
    test(`is 502, and none of it is passed on: ${what}`, async () => {
      const stage = new MemoryStage({ onRequest: ({ peer }) => peer.write(bytes) })
      const client = stage.client()
      client.write('GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      await stage.settle()
      const { messages } = readResponses(client.received, [], client.ended)
      assert.deepEqual(messages.map(({ status }) => status), [502]) // prettier-ignore
      assert.ok(!client.received.includes('evil'))
      assert.equal(stage.gateway.upstreamOpen, 0)
      await stage.end()
    })
  }
})

describe('A123 a mirror', () => {
  const honest: ServiceScript = { onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }
  const DEAD = 1

  async function mirrored(
    script: ServiceScript | undefined,
    requests: readonly string[],
    check: (mirror: Service, texts: readonly string[]) => void,
  ): Promise<void> {
    await using service = await new Service(honest).listen()
    await using mirror = await new Service(script ?? honest).listen()
    await using gateway = await new Gateway({
      endpoints: [service.port],
      mirror: script === undefined ? DEAD : mirror.port,
      service: { response: 500 },
    }).listen()
    const texts: string[] = []
    for (const request of requests) {
      const client = await connectTcp(gateway.port)
      client.write(request)
      await client.until(() => readResponses(client.received, [], client.ended).messages.length === 1, 'the answer', 1_000)
      texts.push(client.received)
      client.destroy()
    }
    // What is to be mirrored has left by now, or leaves with this.
    const last = await connectTcp(gateway.port)
    last.write('GET /last HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    await last.until(() => last.received.includes('GET /last'), 'the last answer', 1_000)
    if (script !== undefined)
      while (!mirror.requests.some(({ target }) => target === '/last')) await new Promise((resolve) => setImmediate(resolve))
    last.destroy()
    check(mirror, texts)
  }
  const request = (method: string, fields = '', body = ''): string => `${method} /x HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n${body}`

  test('gets safe requests without a body, and no credential', () =>
    mirrored(honest, [request('GET', 'Authorization: Basic c2VjcmV0\r\nCookie: secret\r\nX-Kept: yes\r\n')], (mirror) => {
      const [copy] = mirror.requests
      assert.deepEqual(copy && [copy.method, copy.target, valuesOf(copy, 'x-kept')], ['GET', '/x', ['yes']])
      assert.ok(!/secret|c2VjcmV0/.test(JSON.stringify(copy)))
    }))

  test('gets no other method, and no body', () =>
    mirrored(honest, [request('POST', 'Content-Length: 2\r\n', 'hi'), request('PUT', 'Content-Length: 0\r\n'), request('DELETE'), request('PATCH', 'Content-Length: 0\r\n'), request('GET', 'Content-Length: 2\r\n', 'hi'), request('GET', 'Transfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n')], (mirror) =>
      assert.deepEqual(mirror.requests.map(({ target }) => target), ['/last']))) // prettier-ignore

  for (const [what, script] of [
    ['that is dead', undefined],
    ['that is silent', { onRequest() {} }],
    ['that resets', { onRequest: ({ peer }) => peer.reset() }],
    ['that answers otherwise', { onRequest: ({ peer }) => peer.write('HTTP/1.1 500 Evil\r\nContent-Length: 4\r\n\r\nevil') }],
    ['that answers nonsense', { onRequest: ({ peer }) => peer.write('\0\0\0') }],
    [
      'that switches protocols',
      { onRequest: ({ peer }) => peer.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n') },
    ],
  ] as readonly (readonly [string, ServiceScript | undefined])[]) {
    test(`${what} changes no answer and holds none up`, () => {
      const started = performance.now()
      return mirrored(script, Array.from({ length: 5 }, () => request('GET')), (_, texts) => {
        for (const text of texts) assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*GET \/x -$/)
        assert.ok(performance.now() - started < 450, 'an answer waited for the mirror')
      })
    }) // prettier-ignore
  }
})

describe('A7 a service that answers before it was asked', () => {
  const unasked = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
  const get = (canary: string): string => `GET /x HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n\r\n`
  for (const [what, late] of [
    ['with its last answer, in one write', false],
    ['later, while the connection is idle', true],
  ] as const) {
    test(`${what}: the connection is destroyed, and the next caller gets its own answer`, async () => {
      const stage = new MemoryStage({
        onRequest: ({ peer, index }, request) => peer.write(canaryAnswer(request) + (index === 0 && !late ? unasked : '')),
      })
      const [first, second] = [stage.client(), stage.client()]
      first.write(get('first'))
      await stage.settle()
      const [connection] = stage.service.connections
      if (late) connection?.peer.write(unasked)
      await stage.settle()
      assert.ok(connection?.peer.closed !== undefined || connection?.peer.ended === true, 'the connection was kept')
      second.write(get('second'))
      await stage.settle()
      const bodies = [first, second].map((client) => readResponses(client.received, [], client.ended).messages.map(({ body }) => body))
      assert.deepEqual(bodies, [['GET /x first'], ['GET /x second']])
      assert.equal(stage.service.connections.length, 2)
      await stage.end()
    })
  }
})
