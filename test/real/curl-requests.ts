// curl's options that shape the request: method, target, fields, body.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { METHODS } from '../../src/http/method.ts'
import { answered, refused, type Row } from './curl-row.ts'
import { FILE, sha256 } from './recorder.ts'

const PART = Buffer.from('one\r\ntwo\0three\xff', 'latin1')

export const requests: readonly Row[] = [
  ...METHODS.filter((method) => method !== 'HEAD').map((method): Row => ({
    what: `-X ${method}`,
    args: ({ url }) => ['-X', method, `${url}/echo/x`],
    check: answered(200, `${method} /echo/x`),
  })),
  ...['CONNECT', 'TRACE', 'PROPFIND', 'get'].map((method): Row => ({
    what: `-X ${method}, not on the list`,
    args: ({ url }) => ['-X', method, `${url}/echo/x`],
    check: refused(501),
  })),
  ...['-I', '--head'].map((option): Row => ({
    what: `${option}: the length of what GET would bring, and no body`,
    args: ({ url }) => [option, `${url}/file`],
    check: ({ head, transfers }, service) => {
      assert.equal(service.last.method, 'HEAD')
      assert.equal(head.status, 200)
      assert.deepEqual(head.fields.get('content-length'), [String(FILE.length)])
      assert.equal(transfers[0]?.['size_download'], 0)
    },
  })),
  {
    what: '--path-as-is /a/../b: one canonical path',
    args: ({ url }) => ['--path-as-is', `${url}/echo/a/./../%62//c`],
    check: answered(200, 'GET /echo/b/c'),
  },
  { what: '--path-as-is above the root', args: ({ url }) => ['--path-as-is', `${url}/../etc/passwd`], check: refused(400) },
  { what: '--path-as-is with a hidden slash', args: ({ url }) => ['--path-as-is', `${url}/echo/..%2fx`], check: refused(400) },
  {
    what: '-G -d: data in the query',
    args: ({ url }) => ['-G', '-d', 'a=1', '-d', 'b=2', `${url}/echo`],
    check: answered(200, 'GET /echo?a=1&b=2'),
  },
  {
    what: '--url-query: encoded in the query',
    args: ({ url }) => ['--url-query', 'q=a&c', `${url}/echo?x=1`],
    check: answered(200, 'GET /echo?x=1&q=a%26c'),
  },
  {
    what: '-g: brackets and braces in the query',
    args: ({ url }) => ['-g', `${url}/echo?filter[a]={1}`],
    check: answered(200, 'GET /echo?filter[a]={1}'),
  },
  {
    what: '--request-target in absolute form becomes origin form',
    args: ({ url }) => ['--request-target', `${url}/echo/abs?x=1`, `${url}/ignored`],
    check: answered(200, 'GET /echo/abs?x=1'),
  },
  {
    what: '--request-target in absolute form for another host than Host',
    args: ({ url }) => ['--request-target', 'http://elsewhere.test/echo', `${url}/ignored`],
    check: refused(400),
  },
  { what: '--request-target without a slash', args: ({ url }) => ['--request-target', 'echo', `${url}/`], check: refused(400) },
  {
    what: '--proxy: the gateway as a proxy for itself',
    args: ({ url }) => ['--proxy', url, `${url}/echo/p`],
    check: answered(200, 'GET /echo/p'),
  },
  {
    what: '--proxytunnel: CONNECT is off',
    args: ({ url }) => ['--proxytunnel', '--proxy', url, 'http://elsewhere.test/'],
    exit: [56],
    check: refused(501),
  },
  {
    what: "-H 'X-Empty;': a field without a value",
    args: ({ url }) => ['-H', 'X-Empty;', `${url}/echo`],
    check: (_, { last }) => assert.equal(last.fields['x-empty'], ''),
  },
  {
    what: "-H 'Accept:': a field that curl leaves out",
    args: ({ url }) => ['-H', 'Accept:', '-A', '', `${url}/echo`],
    check: (_, { last }) => assert.deepEqual([last.fields.accept, last.fields['user-agent']], [undefined, undefined]),
  },
  { what: "-H 'Host:': no Host", args: ({ url }) => ['-H', 'Host:', `${url}/echo`], check: refused(400) },
  {
    what: "-H 'Host: NAME': passed on",
    args: ({ url }) => ['-H', 'Host: www.saas.test', `${url}/echo`],
    check: (_, { last }) => assert.deepEqual([last.fields.host, last.fields['x-forwarded-host']], ['www.saas.test', 'www.saas.test']),
  },
  {
    what: '-H twice: both lines, in order, in their spelling',
    args: ({ url }) => ['-H', 'X-Many: 1', '-H', 'x-mAny: 2', `${url}/echo`],
    check: (_, { last }) => {
      const at = last.rawFields.indexOf('X-Many')
      assert.deepEqual(last.rawFields.slice(at, at + 4), ['X-Many', '1', 'x-mAny', '2'])
    },
  },
  {
    what: "-H 'Connection: x-hop': what it names ends here",
    args: ({ url }) => ['-H', 'Connection: x-hop', '-H', 'X-Hop: 1', '-H', 'X-End: 2', `${url}/echo`],
    check: (_, { last }) => assert.deepEqual([last.fields['x-hop'], last.fields['x-end']], [undefined, '2']),
  },
  {
    what: "-H 'X-Forwarded-For: …' and its like: replaced by what the gateway knows",
    args: ({ url }) => ['-H', 'X-Forwarded-For: 6.6.6.6', '-H', 'X_Real_IP: 6.6.6.6', '-H', 'Forwarded: for=6.6.6.6', `${url}/echo`],
    check: (_, { last }) => {
      assert.equal(last.fields['x-forwarded-for'], '127.0.0.1')
      assert.equal(last.fields['x-forwarded-proto'], 'http')
      assert.ok(!JSON.stringify(last.rawFields).includes('6.6.6.6'))
    },
  },
  {
    what: '-A -e -u --oauth2-bearer: fields of the client pass',
    args: ({ url }) => ['-A', 'surf/1', '-e', 'http://from.test/', '--oauth2-bearer', 'tok', `${url}/echo`],
    check: (_, { last: { fields } }) =>
      assert.deepEqual([fields['user-agent'], fields.referer, fields.authorization], ['surf/1', 'http://from.test/', 'Bearer tok']),
  },
  {
    what: '-d: a form',
    args: ({ url }) => ['-d', 'a=1', '--data-urlencode', 'b=ä&', `${url}/echo`],
    check: (_, { last }) => {
      assert.deepEqual([last.method, last.fields['content-type'], last.length], ['POST', 'application/x-www-form-urlencoded', 15])
      assert.equal(last.sha256, sha256(Buffer.from('a=1&b=%C3%A4%26')))
    },
  },
  {
    what: "-d '': a POST without a body",
    args: ({ url }) => ['-d', '', `${url}/echo`],
    check: (_, { last }) => assert.deepEqual([last.method, last.fields['content-length'], last.whole], ['POST', '0', true]),
  },
  {
    what: '--json',
    args: ({ url }) => ['--json', '{"a":1}', `${url}/echo`],
    check: (_, { last }) =>
      assert.deepEqual([last.fields['content-type'], last.sha256], ['application/json', sha256(Buffer.from('{"a":1}'))]),
  },
  {
    what: '--data-binary @-: any bytes',
    args: ({ url }) => ['--data-binary', '@-', `${url}/echo`],
    input: PART,
    check: (_, { last }) => assert.equal(last.sha256, sha256(PART)),
  },
  {
    what: '-d with -X GET: a body on a method that rarely has one',
    args: ({ url }) => ['-X', 'GET', '-d', 'body', `${url}/echo`],
    check: (_, { last }) => assert.deepEqual([last.method, last.length, last.whole], ['GET', 4, true]),
  },
  {
    what: '-F: a form in parts with a file of 50 MiB',
    args: ({ url }) => ['-F', 'note=hello', '-F', 'upload=@big.bin;type=application/octet-stream', `${url}/echo`],
    check: (_, { last }) => {
      assert.match(last.fields['content-type'] ?? '', /^multipart\/form-data; boundary=/)
      assert.equal(String(last.length), last.fields['content-length'])
      assert.ok(last.whole && last.length > 50 * 1024 * 1024)
    },
  },
  {
    what: '-T: a file of 50 MiB arrives byte for byte',
    args: ({ url }) => ['-T', 'big.bin', `${url}/echo/upload`],
    check: (_, { last }, { folder }) => {
      assert.deepEqual([last.method, last.fields['content-length'], last.fields['transfer-encoding']], ['PUT', '52428800', undefined])
      assert.equal(last.sha256, sha256(readFileSync(join(folder, 'big.bin'))))
    },
  },
  {
    what: '-T -: chunked, of unknown length',
    args: ({ url }) => ['-T', '-', `${url}/echo/upload`],
    input: Buffer.alloc(1_000_000, 'tide'),
    check: (_, { last }) => {
      assert.deepEqual([last.fields['transfer-encoding'], last.fields['content-length'], last.whole], ['chunked', undefined, true])
      assert.equal(last.sha256, sha256(Buffer.alloc(1_000_000, 'tide')))
    },
  },
  {
    what: "-H 'Transfer-Encoding: chunked' -d: chunked by request",
    args: ({ url }) => ['-H', 'Transfer-Encoding: chunked', '-d', 'in chunks', `${url}/echo`],
    check: (_, { last }) => assert.deepEqual([last.fields['transfer-encoding'], last.length, last.whole], ['chunked', 9, true]),
  },
  {
    what: '--limit-rate on an upload: slow and whole',
    args: ({ url }) => ['--limit-rate', '400K', '-T', '-', `${url}/echo`],
    input: Buffer.alloc(600_000, 'slow'),
    check: ({ transfers }, { last }) => {
      assert.ok(Number(transfers[0]?.['time_total']) > 0.9)
      assert.equal(last.sha256, sha256(Buffer.alloc(600_000, 'slow')))
    },
  },
  {
    what: '-b: cookies arrive in one field',
    args: ({ url }) => ['-b', 'a=1; b=2', `${url}/echo`],
    check: (_, { last }) => assert.equal(last.fields.cookie, 'a=1; b=2'),
  },
  {
    what: '--http2: the offer to upgrade is dropped, the answer is HTTP/1.1',
    args: ({ url }) => ['--http2', `${url}/echo`],
    check: ({ head }, { last }) => {
      assert.deepEqual([head.version, head.status], ['1.1', 200])
      assert.deepEqual([last.fields.upgrade, last.fields['http2-settings'], last.version], [undefined, undefined, '1.1'])
    },
  },
  {
    what: '--http2-prior-knowledge on a listener of HTTP/1: refused before any service sees it',
    args: ({ url }) => ['--http2-prior-knowledge', `${url}/echo`],
    exit: [16, 52],
    check: (_, service) => assert.deepEqual(service.received, []),
  },
  {
    what: '--haproxy-protocol on a listener without it',
    args: ({ url }) => ['--haproxy-protocol', `${url}/echo`],
    check: refused(400),
  },
]
