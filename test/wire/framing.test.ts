// Requests framed so that two readers could disagree, by the names that the attacks go by; what each was made for must not come of it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryStage } from '../harness/memory-stage.ts'
import { canaryScript } from '../harness/service.ts'
import { readResponses } from '../harness/strict-message.ts'

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const post = (fields: string, body: string): string => `POST /x HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n${body}`
const chunks = (body: string): string => post(CHUNKED, body)

/** The statuses that a client gets, with what the service got, whatever the bytes were cut into. */
async function outcome(raw: string, pieces = 1): Promise<{ statuses: number[]; targets: string[]; bodies: string[]; open: boolean }> {
  const stage = new MemoryStage(canaryScript)
  const client = stage.client()
  const step = Math.ceil(raw.length / pieces)
  for (let at = 0; at < raw.length; at += step) {
    client.write(raw.slice(at, at + step))
    await stage.settle()
  }
  assert.deepEqual(stage.service.problems, [])
  const { messages } = readResponses(client.received, [], client.ended)
  const { requests } = stage.service
  const seen = {
    statuses: messages.map(({ status }) => status),
    targets: requests.map(({ target }) => target),
    bodies: requests.map(({ body }) => body),
    open: !client.ended,
  }
  await stage.end()
  return seen
}

/** Each case is answered once with one of the statuses, nothing of it reaches the service, and the connection ends. */
function refused(cases: Readonly<Record<string, string>>, wanted: readonly number[] = [400]): void {
  for (const [what, raw] of Object.entries(cases)) {
    test(what, async () => {
      for (const pieces of [1, 3, raw.length]) {
        const seen = await outcome(raw, pieces)
        assert.deepEqual(
          [wanted.includes(seen.statuses[0] ?? 0), seen.statuses.length, seen.targets, seen.open],
          [true, 1, [], false],
          JSON.stringify(seen),
        )
      }
    })
  }
}

describe('A1 a length said twice is refused, and the connection ends', () =>
  refused({
    'CL.TE': post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    'TE.CL': post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${SMUGGLED}`),
    'TE.TE, one of them hidden by a blank': post('Transfer-Encoding: chunked\r\nTransfer-Encoding : x\r\n', `0\r\n\r\n${SMUGGLED}`),
    'TE.TE, twice the same': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    'TE.TE, in one list': post('Transfer-Encoding: chunked, chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    'CL.CL, equal': post('Content-Length: 4\r\nContent-Length: 4\r\n', 'body'),
    'CL.CL, different': post('Content-Length: 4\r\nContent-Length: 5\r\n', 'body'),
    'CL, as a list': post('Content-Length: 4, 4\r\n', 'body'),
  }))
describe('A1 a coding that we do not have is refused, and the connection ends', () =>
  refused(
    {
      'TE: xchunked': post('Transfer-Encoding: xchunked\r\n', SMUGGLED),
      'TE: identity': post('Transfer-Encoding: identity\r\n', SMUGGLED),
      'TE: gzip, chunked': post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    },
    [400, 501],
  ))
describe('A3 a hidden length is refused, and the connection ends', () =>
  refused({
    'a blank before the colon': post('Content-Length : 40\r\n', SMUGGLED),
    'a folded value': post('Content-Length:\r\n 40\r\n', SMUGGLED),
    'a folded name': post('X: y\r\n Content-Length: 40\r\n', SMUGGLED),
    'a bare LF before it': post('X: y\nContent-Length: 40\r\n', SMUGGLED),
    'a bare CR before it': post('X: y\rContent-Length: 40\r\n', SMUGGLED),
    'NUL in it': post('Content-Length: 4\x000\r\n', SMUGGLED),
    'a sign': post('Content-Length: +40\r\n', SMUGGLED),
    hexadecimal: post('Content-Length: 0x28\r\n', SMUGGLED),
    'a blank between digits': post('Content-Length: 4 0\r\n', SMUGGLED),
    'more than 2^53 − 1': post('Content-Length: 9007199254740992\r\n', SMUGGLED),
    'named in Connection': post('Connection: Content-Length\r\nContent-Length: 40\r\n', SMUGGLED),
    'an obfuscated Expect': post('Expect: y 100-continue\r\nContent-Length: 40\r\n', SMUGGLED),
    'another spelling': post('Content_Length: 40\r\n', SMUGGLED),
  }))
// A transfer coding that is not ours, however it is spelled, is one that we do not have: 501 (RFC 9112 section 6.1).
describe('A9 a folded letter is refused, and the connection ends', () =>
  refused(
    {
      'no-break space before chunked': post('Transfer-Encoding: \xa0chunked\r\n', '0\r\n\r\n'),
      'next line behind chunked': post('Transfer-Encoding: chunked\x85\r\n', '0\r\n\r\n'),
      'the Kelvin sign in UTF-8': post(`Transfer-Encoding: chun${Buffer.from('\u212a').toString('latin1')}ed\r\n`, '0\r\n\r\n'),
      'the long s in a name, in UTF-8': post(`Ho${Buffer.from('\u017f').toString('latin1')}t: evil\r\n`, ''),
      'no-break space behind a length': post('Content-Length: 4\xa0\r\n', 'body'),
      'U+010A in a path, in UTF-8': `GET /${Buffer.from('\u010aHost: evil').toString('latin1')} HTTP/1.1\r\nHost: gw.test\r\n\r\n`,
      'a full-width digit': post(`Content-Length: ${Buffer.from('\uff14').toString('latin1')}\r\n`, 'body'),
    },
    [400, 501],
  ))

describe('A4 chunks that are read in two ways end the connection, and the service gets no whole request', () => {
  const cases: Readonly<Record<string, string>> = {
    'TERM.EXT: LF ends an extension': `2;\nxx\r\n0\r\n\r\n${SMUGGLED}`,
    'EXT.TERM: CR LF hidden behind LF': `2;\n\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'TERM.SPILL: LF behind the data': `2\r\nhi\n0\r\n\r\n${SMUGGLED}`,
    'SPILL.TERM: more data than was said': `2\r\nhi!\r\n0\r\n\r\n${SMUGGLED}`,
    'ONE.TWO: one byte for two behind the data': `2\r\nhix0\r\n\r\n${SMUGGLED}`,
    'TWO.ONE: two bytes that are none': `2\r\nhixx0\r\n\r\n${SMUGGLED}`,
    'ZERO.TWO: nothing behind the data': `2\r\nhi0\r\n\r\n${SMUGGLED}`,
    'TWO.ZERO: a second line end': `2\r\nhi\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    'LF alone everywhere': `2\nhi\n0\n\n${SMUGGLED}`,
    'CR alone': `2\rhi\r0\r\r${SMUGGLED}`,
    'a size with a sign': `+2\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'a size with a prefix': `0x2\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'a size of 17 digits': `00000000000000002\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'a size beyond 2^53': `20000000000001\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'a size with a blank behind it': `2 \r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'an empty size': `\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'an extension with LF in quotes': `2;a="\n"\r\nhi\r\n0\r\n\r\n${SMUGGLED}`,
    'framing in the trailers': `2\r\nhi\r\n0\r\nContent-Length: 40\r\n\r\n${SMUGGLED}`,
  }
  for (const [what, body] of Object.entries(cases)) {
    test(what, async () => {
      const raw = chunks(body)
      for (const pieces of [1, 2, raw.length]) {
        const { statuses, targets, open } = await outcome(raw, pieces)
        assert.deepEqual([statuses, targets, open], [[400], [], false])
      }
    })
  }
})

describe('A2 a body where none is usual is framed', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE']) {
    test(`${method}: one request, and its body is no other`, async () => {
      for (const [fields, body] of [[`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED], [CHUNKED, `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`]] as const) {
        const { targets, bodies } = await outcome(`${method} /x HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n${body}`)
        assert.deepEqual([targets, bodies], [['/x'], [SMUGGLED]])
      }
    }) // prettier-ignore
  }
  test('Content-Length: 0 and an empty chunked body are no body', async () => {
    for (const raw of [post('Content-Length: 0\r\n', SMUGGLED), chunks(`0\r\n\r\n${SMUGGLED}`)]) {
      const { targets } = await outcome(raw)
      assert.deepEqual(targets, ['/x', '/smuggled'])
    }
  })
})

describe('A19 framing without data', () => {
  const drip = (count: number, extension: string): string => chunks(`${`1${extension}\r\nx\r\n`.repeat(count)}0\r\n\r\n`)
  test('extensions beyond 256 bytes a chunk, or 16 KiB in all, end the connection', async () => {
    assert.deepEqual((await outcome(drip(1, `;${'e'.repeat(250)}`))).statuses, [200])
    assert.deepEqual((await outcome(drip(1, `;${'e'.repeat(300)}`))).statuses, [400])
    assert.deepEqual((await outcome(drip(60, `;${'e'.repeat(250)}`))).statuses, [200])
    assert.deepEqual((await outcome(drip(90, `;${'e'.repeat(250)}`))).statuses, [400])
  })
  test('one-byte chunks alone do not (A18)', async () => {
    const { statuses, bodies } = await outcome(drip(20_000, ''))
    assert.deepEqual([statuses, bodies[0]?.length], [[200], 20_000])
  })
})

describe('A20 requests sent ahead', () => {
  const get = (i: number): string => `GET /${i} HTTP/1.1\r\nHost: gw.test\r\n\r\n`
  test('up to 16 wait; with the 17th the current one is the last', async () => {
    for (const [ahead, answered] of [[16, 17], [17, 1], [200, 1]] as const) {
      const stage = new MemoryStage({ onRequest() {} })
      const client = stage.client()
      client.write(get(0))
      await stage.settle()
      client.write(Array.from({ length: ahead }, (_, i) => get(i + 1)).join(''))
      await stage.settle()
      assert.deepEqual(stage.service.requests.map(({ target }) => target), ['/0'], 'more than one exchange at a time')
      stage.service.script = canaryScript
      for (const connection of stage.service.connections) connection.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      await stage.settle()
      const { messages } = readResponses(client.received, [], client.ended)
      assert.deepEqual([messages.length, client.ended], [answered, answered === 1])
      await stage.end()
    } // prettier-ignore
  })
  test('reading pauses above 64 KiB that wait', async () => {
    const stage = new MemoryStage({ onRequest() {} })
    const client = stage.client()
    client.write(get(0))
    await stage.settle()
    for (let i = 0; i < 40; i++) client.write(`POST /p HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 3000000\r\n\r\n`.padEnd(65_536, 'x'))
    await stage.settle()
    assert.ok(client.wire.unsent > 2_000_000, `${client.wire.unsent} bytes were left unread`)
    await stage.end()
  })
})
