// curl's options that concern the answer: versions, ranges, conditions, codings, redirects, cookies.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answered, type Row } from './curl-row.ts'
import { ETAG, FILE } from './recorder.ts'

const PARTS = Array.from({ length: 20 }, (_, i) => `part ${i}\n`).join('')
const TAIL = `206 bytes ${FILE.length - 100}-${FILE.length - 1}/${FILE.length}`
const equalBytes = (a: Buffer, b: Buffer): void => assert.equal(Buffer.compare(a, b), 0)

export const answers: readonly Row[] = [
  {
    what: 'a plain download: every byte and field of the service',
    args: ({ url }) => [`${url}/file`],
    check: ({ head, body }) => {
      assert.deepEqual([head.version, head.status, head.fields.get('etag')], ['1.1', 200, [ETAG]])
      equalBytes(body, FILE)
    },
  },
  {
    what: '--http1.0: an answer of unknown length ends with its connection',
    args: ({ url }) => ['--http1.0', `${url}/chunked/20`],
    check: ({ head, body }) => {
      assert.deepEqual([head.fields.get('transfer-encoding'), head.fields.get('content-length')], [undefined, undefined])
      assert.equal(body.toString(), PARTS)
    },
  },
  {
    what: '--http1.0 with a known length, twice',
    args: ({ url }) => ['--http1.0', `${url}/echo/1`, `${url}/echo/2`],
    check: ({ heads }, { received }) => {
      assert.deepEqual(
        heads.map(({ status }) => status),
        [200, 200],
      )
      assert.deepEqual(
        received.map(({ target, version }) => `${target} ${version}`),
        ['/echo/1 1.1', '/echo/2 1.1'],
      )
    },
  },
  {
    what: '-r 0-99, 100-, -100: ranges',
    args: ({ url }) => [
      '-r',
      '0-99',
      `${url}/file`,
      '--next',
      '-r',
      `${FILE.length - 100}-`,
      `${url}/file`,
      '--next',
      '-r',
      '-100',
      `${url}/file`,
    ],
    check: ({ heads, body }) => {
      assert.deepEqual(
        heads.map(({ status, fields }) => `${status} ${fields.get('content-range')?.[0] ?? ''}`),
        [`206 bytes 0-99/${FILE.length}`, TAIL, TAIL],
      )
      equalBytes(body, Buffer.concat([FILE.subarray(0, 100), FILE.subarray(-100), FILE.subarray(-100)]))
    },
  },
  { what: '-r beyond the end', args: ({ url }) => ['-r', '999999999-', `${url}/file`], check: answered(416) },
  {
    what: '-C -: a download is taken up where it stopped',
    args: ({ url, folder }) => {
      writeFileSync(join(folder, 'half.bin'), FILE.subarray(0, 1_000_000))
      return ['-C', '-', '-o', 'half.bin', `${url}/file`]
    },
    check: ({ head }, _, { folder }) => {
      assert.equal(head.status, 206)
      equalBytes(readFileSync(join(folder, 'half.bin')), FILE)
    },
  },
  {
    what: '--limit-rate on a download: the gateway waits with it',
    args: ({ url }) => ['--limit-rate', '8M', `${url}/file`],
    check: ({ body, transfers }) => {
      assert.ok(Number(transfers[0]?.['time_total']) > 0.9)
      equalBytes(body, FILE)
    },
  },
  {
    what: '--compressed: the coding passes untouched',
    args: ({ url }) => ['--compressed', `${url}/gzip`],
    check: ({ head, body }) => {
      assert.deepEqual(head.fields.get('content-encoding'), ['gzip'])
      assert.equal(body.toString(), 'compressed '.repeat(1_000))
    },
  },
  {
    what: 'without --compressed: none is asked for',
    args: ({ url }) => [`${url}/gzip`],
    check: ({ body }) => assert.equal(body.toString(), 'plain'),
  },
  {
    what: '--raw: chunks of exact framing to the last',
    args: ({ url }) => ['--raw', `${url}/chunked/20`],
    check: ({ body }) => {
      let [rest, whole] = [body.toString(), '']
      for (;;) {
        const [frame, size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? []
        assert.ok(frame !== undefined)
        const length = Number.parseInt(size, 16)
        whole += rest.slice(frame.length, frame.length + length)
        rest = rest.slice(frame.length + length)
        assert.ok(rest.startsWith('\r\n'))
        rest = rest.slice(2)
        if (length === 0) break
      }
      assert.deepEqual([whole, rest], [PARTS, ''])
    },
  },
  {
    what: '--tr-encoding: TE is of the hop and stays here',
    args: ({ url }) => ['--tr-encoding', `${url}/chunked/20`],
    check: ({ body }, { last }) => {
      assert.equal(last.fields.te, undefined)
      assert.equal(body.toString(), PARTS)
    },
  },
  {
    what: "-H 'TE: trailers': they pass on a route that lets them, to who asks",
    args: ({ url }) => ['-H', 'TE: trailers', '-H', 'Connection: TE', `${url}/trailers`],
    check: ({ head, body }) => assert.deepEqual([body.toString(), head.fields.get('x-checksum')], ['with a trailer', ['c0ffee']]),
  },
  {
    what: 'trailers for who does not ask are dropped',
    args: ({ url }) => [`${url}/trailers`],
    check: ({ head, body }) => assert.deepEqual([body.toString(), head.fields.get('x-checksum')], ['with a trailer', undefined]),
  },
  {
    what: '-N: parts arrive as the service sends them',
    args: ({ url }) => ['-N', `${url}/chunked/40`],
    check: ({ transfers: [transfer] }) =>
      assert.ok(Number(transfer?.['time_starttransfer']) < Number(transfer?.['time_total']) - 0.1, JSON.stringify(transfer)),
  },
  ...[200, 201, 203, 204, 205, 304, 404, 409, 418, 451, 500, 503, 599].map((status): Row => ({
    what: `status ${status} passes`,
    args: ({ url }) => [`${url}/status/${status}`],
    check: ({ head, body }) => {
      assert.deepEqual([head.status, head.fields.get('x-kind'), body.length], [status, ['status'], 0])
      if (status === 204) assert.equal(head.fields.get('content-length'), undefined)
    },
  })),
  {
    what: '--etag-save --etag-compare, -z: 304 and no body',
    args: ({ url }) =>
      `--etag-save etag.txt -o file.bin ${url}/file --next -H If-None-Match:${ETAG} ${url}/file --next -z 20261104 ${url}/file`.split(' '),
    check: ({ heads, body }) => {
      assert.deepEqual(
        heads.map(({ status }) => status),
        [200, 304, 304],
      )
      assert.equal(body.length, 0)
    },
  },
  {
    what: '--max-filesize: the client stops at the head, the next one is served',
    args: ({ url }) => ['--max-filesize', '1000', `${url}/file`],
    exit: [63],
    check: ({ head }) => assert.deepEqual(head.fields.get('content-length'), [String(FILE.length)]),
  },
  {
    what: '--max-time: the service learns at once that the client went',
    args: ({ url }) => ['--max-time', '0.5', `${url}/endless`],
    exit: [28],
    check: async (_, { last }) => {
      for (const end = performance.now() + 1_000; !last.aborted && performance.now() < end;) await sleep(10)
      assert.equal(last.aborted, true)
    },
  },
  ...[301, 302, 303, 307, 308].map((status): Row => ({
    what: `-L after a POST and a ${status} of the service`,
    args: ({ url }) => ['-L', '-d', 'x=1', `${url}/move/${status}`],
    check: ({ heads, head }, { received }) => {
      assert.deepEqual([heads[0]?.status, head.status], [status, 200])
      const method = status < 307 ? 'GET' : 'POST'
      assert.deepEqual(
        received.map((one) => `${one.method} ${one.target}`),
        [`POST /move/${status}`, `${method} /echo/moved`],
      )
    },
  })),
  {
    what: '-L after a redirect of the gateway',
    args: ({ url }) => ['-L', `${url}/old`],
    check: ({ heads, head }, { received }) => {
      assert.deepEqual([heads[0]?.status, head.status], [308, 200])
      assert.deepEqual(
        received.map(({ target }) => target),
        ['/echo/new'],
      )
    },
  },
  {
    what: '--max-redirs on a loop',
    args: ({ url }) => ['-L', '--max-redirs', '3', `${url}/move/302/loop`],
    exit: [47],
    check: answered(302),
  },
  {
    what: '-c -b: a jar, filled from two fields of one answer',
    args: ({ url }) => ['-c', 'jar.txt', '-b', '', `${url}/cookies`, `${url}/echo`],
    check: ({ heads }, { last }) => {
      assert.deepEqual(heads[0]?.fields.get('set-cookie'), ['a=1; Path=/', 'b=2; Path=/; HttpOnly'])
      assert.deepEqual(String(last.fields.cookie).split('; ').toSorted(), ['a=1', 'b=2'])
    },
  },
  {
    what: '--digest: challenge and response pass',
    args: ({ url }) => ['--digest', '-u', 'me:secret', `${url}/digest`],
    check: ({ heads, body }) => assert.deepEqual([heads.map(({ status }) => status), body.toString()], [[401, 200], 'welcome']),
  },
  {
    what: '--retry: 503 with Retry-After reaches the client, who tries again',
    args: ({ url }) => ['--retry', '3', `${url}/flaky`],
    check: ({ body }, { received }) => assert.deepEqual([received.length, body.toString()], [3, 'third time lucky']),
  },
]
