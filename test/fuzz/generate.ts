// Inputs for fuzzing: messages made by a grammar that knows what breaks parsers, then bent byte by byte.
import type { Random } from '../harness/seeded.ts'

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'get',
  'CONNECT',
  'TRACE',
  'FOO',
  'G T',
  '',
]
const TARGETS = ['/', '/p', '/a/b?c=d', '/a%2fb', '/%00', '/a//b/../c', '*', 'http://gw.test/x', 'http://other.test/x', '/..', '//x', '/\xff', 'x', '/a;b=c', '/%', '/a?x={1}|[2]'] // prettier-ignore
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.1 ',
  'HTTP/1',
  'HTTP/11.1',
  '',
]
const ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\r']
const HOSTS = ['gw.test', 'gw.test', 'gw.test', 'gw.test:80', 'GW.TEST.', '[::1]', 'a b', '', 'gw.test:x', 'u@gw.test']
const FIELDS = [
  'Accept: */*', 'X-A: b', 'X-A:b', 'X-A : b', ' X-A: b', 'X-A: b\x00c', 'X-A: \xa0b', 'X_Forwarded_For: 1.2.3.4', 'X-Forwarded-For: 1.2.3.4', '__proto__: x',
  'constructor: y', 'Connection: close', 'Connection: keep-alive', 'Connection: X-A', 'Connection: Host', 'Connection: upgrade', 'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', 'Upgrade: h2c', 'HTTP2-Settings: AAMA', 'Expect: 100-continue', 'Expect: x', 'TE: trailers',
  'Cookie: a=1; b=2', 'Authorization: Basic YQ==', 'Transfer_Encoding: chunked', 'Content_Length: 3', ': empty', 'no colon', 'X-Long: ' + 'y'.repeat(300), 'Traceparent: 00-1-2-01',
  'X-A: b\r\n folded', 'Range: bytes=0-', 'CDN-Loop: x', 'Forwarded: for=1.1.1.1', 'X-Request-Id: abc', 'Via: 1.0 x', 'Trailer: X-Sum', 'Keep-Alive: timeout=5',
] as const // prettier-ignore
const LENGTHS = ['0', '5', '5', '05', '5 ', '+5', '-1', '0x5', '5,5', '5, 6', '', '9007199254740991', '9007199254740992', '5\xa0', '1e1']
const CODINGS = [
  'chunked',
  'chunked',
  'chunked',
  'Chunked',
  'chunked, chunked',
  'gzip, chunked',
  'identity',
  'xchunked',
  ',chunked',
  '\xa0chunked',
  '\tchunked\t',
  'chun\u006bed;q=1',
]
const SIZES = ['', '0x', '+', '-', ' ', '0', '000000000000000000', '_']
const EXTENSIONS = [
  '',
  '',
  '',
  '',
  ';a',
  ';a=b',
  ';a="b;c"',
  ';a="\\""',
  '; a',
  ';',
  ';a=',
  ';\x00',
  ';a\n',
  ';a="\r"',
  `;${'e'.repeat(260)}`,
]
const TRAILERS = [
  'X-Sum: abc',
  'X-Sum:',
  'Content-Length: 3',
  'Host: x',
  'broken',
  'X-A: b\nc',
  'X_Principal_Id: admin',
  'Authorization: x',
  ' X: y',
]

const word = (random: Random, max: number): string => {
  let text = ''
  for (let left = random.below(max); left > 0; left--)
    text += String.fromCharCode(random.oneIn(4) ? random.below(256) : 0x61 + random.below(26))
  return text
}

/** A chunked body, mostly a right one. */
export function chunkedBody(random: Random, odd: number): string {
  const end = (): string => (random.oneIn(odd * 4) ? random.of(ENDS) : '\r\n')
  let text = ''
  for (let left = random.below(4); left > 0; left--) {
    const data = word(random, random.oneIn(20) ? 3_000 : 24)
    if (data === '') continue
    const size = data.length + (random.oneIn(odd * 6) ? random.below(3) - 1 : 0)
    const digits = random.oneIn(3) ? size.toString(16).toUpperCase() : size.toString(16)
    text += `${random.oneIn(odd * 6) ? random.of(SIZES) : ''}${digits}${random.oneIn(odd) ? random.of(EXTENSIONS) : ''}${end()}${data}${end()}`
  }
  text += `${random.oneIn(10) ? '000' : '0'}${random.oneIn(odd * 2) ? random.of(EXTENSIONS) : ''}${end()}`
  if (random.oneIn(6)) text += `${random.of(TRAILERS)}${end()}`
  return `${text}${end()}`
}

/** One request; `odd`: one in so many choices is a strange one. */
function request(random: Random, odd: number): string {
  const strange = (): boolean => random.oneIn(odd)
  const end = (): string => (random.oneIn(odd * 6) ? random.of(ENDS) : '\r\n')
  const method = strange() ? random.of(METHODS) : random.of(['GET', 'POST', 'PUT', 'HEAD'])
  const target = strange() ? random.of(TARGETS) : `/${word(random, 6).replace(/[^a-z]/g, 'x')}`
  let text = strange() && random.oneIn(3) ? '\r\n' : ''
  text += `${method} ${target} ${strange() ? random.of(VERSIONS) : 'HTTP/1.1'}${end()}`
  const fields: string[] = []
  if (!strange() || random.oneIn(2)) fields.push(`Host: ${strange() ? random.of(HOSTS) : 'gw.test'}`)
  for (let left = random.below(4); left > 0; left--)
    fields.push(strange() ? random.of(FIELDS) : `X-${word(random, 3).replace(/[^a-z]/g, 'q')}: v`)
  let body = ''
  const kind = random.below(method === 'GET' || method === 'HEAD' ? 9 : 3)
  if (kind === 0) {
    body = chunkedBody(random, odd)
    fields.push(`Transfer-Encoding: ${strange() ? random.of(CODINGS) : 'chunked'}`)
    if (random.oneIn(odd * 3)) fields.push(`Content-Length: ${random.of(LENGTHS)}`)
  } else if (kind === 1) {
    body = word(random, random.oneIn(30) ? 12_000 : 20)
    fields.push(`Content-Length: ${strange() ? random.of(LENGTHS) : body.length}`)
    if (random.oneIn(odd * 3)) fields.push(`Content-Length: ${random.of(LENGTHS)}`)
  }
  if (random.oneIn(odd * 40)) for (let left = 120; left > 0; left--) fields.push('X: y')
  if (random.oneIn(odd * 40)) fields.push(`X-Big: ${'z'.repeat(40_000)}`)
  if (fields.length > 1 && random.oneIn(2)) fields.reverse()
  for (const field of fields) text += `${field}${end()}`
  return `${text}${end()}${body}`
}

/** Changes a few bytes: flips, doubles, drops, moves, or puts in what parsers trip over. */
export function mutate(random: Random, text: string): string {
  let out = text
  for (let left = 1 + random.below(3); left > 0 && out !== ''; left--) {
    const at = random.below(out.length)
    const stretch = out.slice(at, at + 1 + random.below(8))
    switch (random.below(6)) {
      case 0:
        out = out.slice(0, at) + String.fromCharCode(random.below(256)) + out.slice(at + 1)
        break
      case 1:
        out = out.slice(0, at) + out.slice(at + stretch.length)
        break
      case 2:
        out = out.slice(0, at) + stretch + out.slice(at)
        break
      case 3:
        out =
          out.slice(0, at) +
          random.of(['\r', '\n', '\r\n', '\0', ' ', '\t', ':', ';', ',', '\x7f', '\xa0', '\x85', '0', 'HTTP/1.1']) +
          out.slice(at)
        break
      case 4:
        out = out.slice(0, at)
        break
      default:
        out = out.slice(0, at) + out.slice(at).replace(stretch, '')
    }
  }
  return out
}

/** What a client may send on one connection: one to three requests, whole or bent. */
export function clientBytes(random: Random): string {
  const odd = random.of([4, 10, 40])
  let text = ''
  for (let left = 1 + (random.oneIn(3) ? random.below(3) : 0); left > 0; left--) text += request(random, odd)
  return random.oneIn(3) ? mutate(random, text) : text
}

const STATUS = [
  '200 OK',
  '200 OK',
  '200 OK',
  '204 No Content',
  '304 Not Modified',
  '404 Not Found',
  '500 x',
  '100 Continue',
  '103 Early Hints',
  '101 Switching Protocols',
  '20 x',
  '600 x',
  '200',
  '200 \xff',
]
const RESPONSE_VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'ICY', 'http/1.1']

function response(random: Random, odd: number): string {
  const strange = (): boolean => random.oneIn(odd)
  const end = (): string => (random.oneIn(odd * 6) ? random.of(ENDS) : '\r\n')
  const fields: string[] = []
  for (let left = random.below(4); left > 0; left--)
    fields.push(strange() ? random.of(FIELDS) : random.of(['Set-Cookie: a=1', 'Content-Type: text/plain', 'Date: x', 'ETag: "a"']))
  let body = ''
  if (random.oneIn(2)) {
    body = chunkedBody(random, odd)
    fields.push(`Transfer-Encoding: ${strange() ? random.of(CODINGS) : 'chunked'}`)
  } else if (!strange()) {
    body = word(random, random.oneIn(30) ? 12_000 : 20)
    fields.push(`Content-Length: ${strange() ? random.of(LENGTHS) : body.length}`)
  }
  let text = `${strange() ? random.of(RESPONSE_VERSIONS) : 'HTTP/1.1'} ${strange() ? random.of(STATUS) : '200 OK'}${end()}`
  for (const field of fields) text += `${field}${end()}`
  return `${text}${end()}${body}`
}

/** What a service may answer to one request, interim heads and surplus included. */
export function serviceBytes(random: Random): string {
  const odd = random.of([4, 10, 40])
  let text = random.oneIn(6) ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : ''
  text += response(random, odd)
  if (random.oneIn(odd * 2)) text += response(random, odd)
  return random.oneIn(3) ? mutate(random, text) : text
}

/** The bytes cut at up to four places; often into single bytes. */
export function split(random: Random, text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 400 && random.oneIn(8)) return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
  const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(bytes.length + 1)).toSorted((a, b) => a - b)
  return [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i])).filter((piece) => piece.length > 0)
}
