// curl's options that concern the connection: who waits for whom, what is reused, in parallel, over IPv6.
import assert from 'node:assert/strict'
import { connects, type Row } from './curl-row.ts'

export const connections: readonly Row[] = [
  {
    what: '--expect100-timeout: the body waits for the 100 of the service',
    args: ({ url }) => ['--expect100-timeout', '10', '-H', 'Expect: 100-continue', '-d', 'patient', `${url}/patient`],
    check: ({ heads, transfers }, { last }) => {
      assert.deepEqual(
        heads.map(({ status }) => status),
        [100, 200],
      )
      assert.deepEqual([last.length, last.whole], [7, true])
      assert.ok(Number(transfers[0]?.['time_total']) >= 0.28)
    },
  },
  {
    what: '-T with Expect, refused: not a byte of 50 MiB is sent',
    args: ({ url }) => ['--expect100-timeout', '10', '-H', 'Expect: 100-continue', '-T', 'big.bin', `${url}/refuse`],
    check: ({ head, transfers }) => assert.deepEqual([head.status, transfers[0]?.['size_upload']], [413, 0]),
  },
  {
    what: '-T without Expect, refused early: the answer arrives and the rest is not read',
    args: ({ url }) => ['-H', 'Expect:', '-T', 'big.bin', `${url}/refuse`],
    check: ({ head, body }) => assert.deepEqual([head.status, body.toString()], [413, 'too large']),
  },
  {
    what: 'several URLs on one connection',
    args: ({ url }) => [`${url}/echo/1`, `${url}/chunked/3`, `${url}/status/204`, `${url}/status/304`, `${url}/echo/5`],
    check: (answer, { received }) => {
      assert.deepEqual(connects(answer), [1, 0, 0, 0, 0])
      assert.equal(received.length, 5)
    },
  },
  {
    what: '--next: other options, the same connection',
    args: ({ url }) => [`${url}/echo/1`, '--next', '-d', 'two', `${url}/echo/2`, '--next', '-I', `${url}/file`, '--next', `${url}/echo/4`],
    check: (answer, { received }) => {
      assert.deepEqual(connects(answer), [1, 0, 0, 0])
      assert.deepEqual(
        received.map(({ method }) => method),
        ['GET', 'POST', 'HEAD', 'GET'],
      )
    },
  },
  {
    what: "-H 'Connection: close': as asked",
    args: ({ url }) => ['-H', 'Connection: close', `${url}/echo/1`, `${url}/echo/2`],
    check: (answer) => {
      assert.deepEqual(connects(answer), [1, 1])
      assert.deepEqual(answer.head.fields.get('connection'), ['close'])
    },
  },
  ...['--keepalive-time', '--no-keepalive'].map((option): Row => ({
    what: `${option}: of TCP, and no matter to us`,
    args: ({ url }) => [option, ...(option === '--no-keepalive' ? [] : ['1']), `${url}/echo/1`, `${url}/echo/2`],
    check: (answer) => assert.deepEqual(connects(answer), [1, 0]),
  })),
  {
    what: '-Z: 60 transfers in parallel',
    args: ({ url }) => ['-Z', '--parallel-max', '20', '--parallel-immediate', `${url}/echo/[1-60]`],
    check: ({ heads, transfers }, { received }) => {
      assert.ok(heads.every(({ status }) => status === 200))
      assert.ok(transfers.every((transfer) => transfer['exitcode'] === 0 && transfer['http_code'] === 200))
      assert.equal(new Set(received.map(({ target }) => target)).size, 60)
    },
  },
  {
    what: '-6 [::1]',
    args: ({ port6 }) => ['-6', `http://[::1]:${port6}/echo/six`],
    check: (_, { last }, { port6 }) => {
      assert.equal(last.target, '/echo/six')
      assert.deepEqual([last.fields.host, last.fields['x-forwarded-for']], [`[::1]:${port6}`, '::1'])
    },
  },
]
