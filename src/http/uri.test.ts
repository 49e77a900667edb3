import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalPath, CanonicalPath, encodeQueryValue, encodeSegment, isPlainPath, isQuery, PathOddity } from './uri.ts'

const out = new CanonicalPath()

/** The canonical path, or the fault. */
const canonical = (raw: string): string => canonicalPath(raw, out) ?? out.path

/** Pieces that paths are confused with, glued together at random. */
const rawPath = fc
  .array(
    fc.constantFrom(
      '/',
      '/',
      '.',
      '..',
      '%2e',
      '%2E',
      ';',
      'a',
      'B',
      '%41',
      '%7e',
      '%2f',
      '%5C',
      '%3b',
      '%3F',
      '%23',
      '%c3%a9',
      '%25',
      '2e',
      '%00',
      '%',
      '~',
      '|',
      '@',
    ),
    { maxLength: 14 },
  )
  .map((pieces) => `/${pieces.join('')}`)

test('A28 a path has one canonical spelling', () => {
  const spellings: [string, string][] = [
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/', '/a/'],
    ['/a/../p', '/p'],
    ['/a/%2e%2e/p', '/p'],
    ['/a/.%2E/p', '/p'],
    ['/a/./p', '/a/p'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/api%2e/admin', '/api./admin'],
    ['/a//p', '/a/p'],
    ['/a//../p', '/p'],
    ['/a/..//p', '/p'],
    ['//evil.test/p', '/evil.test/p'],
    ['///', '/'],
    ['/a;v=1/p', '/a;v=1/p'],
    ['/a;/p', '/a;/p'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/%7Euser/%41%2d%5f', '/~user/A-_'],
    ['/%252e%252e/x', '/%252e%252e/x'],
    ['/a%2fb', '/a%2Fb'],
    ['/.well-known/x', '/.well-known/x'],
    ['/...', '/...'],
    ['/..a/.b', '/..a/.b'],
    ["/!$&'()*+,;=:@", "/!$&'()*+,;=:@"],
    ['/%F0%9F%98%80', '/%F0%9F%98%80'],
    ['/%21%7c', '/%21%7C'],
  ]
  for (const [raw, expected] of spellings) assert.equal(canonical(raw), expected, raw)
})

test('A28 a path that could be read in two ways is refused', () => {
  const refused = [
    '',
    'p',
    '*',
    '@evil.test/p',
    '/..',
    '/%2e%2e/etc/passwd',
    '/a/../../b',
    '/a//../..',
    '/a/..;/admin',
    '/a/.;x/b',
    '/..;',
    '/a/%2e%2e;x',
  ]
  refused.push('/a%2F..%2Fadmin', '/a%5c..%5cadmin', '/a/..%2Fb', '/a%2f..', '/a%2F./b', '/a/..%3Bx', '/a/..%23', '/a/..%3f')
  for (const raw of refused) assert.equal(canonical(raw), 'bad_path', raw)
})

test('A9 bytes outside the URI grammar are refused, and nothing is folded', () => {
  const bytes = [
    '\0',
    '\x01',
    '\t',
    '\n',
    '\r',
    ' ',
    '"',
    '<',
    '>',
    '\\',
    '^',
    '`',
    '{',
    '|',
    '}',
    '[',
    ']',
    '#',
    '?',
    '\x7f',
    '\x80',
    '\x85',
    '\xa0',
    '\xe9',
    '\u010a',
    '\u017f',
    '\u212a',
    '\uff0f',
  ]
  for (const byte of bytes) {
    assert.equal(canonical(`/a${byte}b`), 'bad_path', JSON.stringify(byte))
    assert.equal(canonical(`/%41${byte}`), 'bad_path', JSON.stringify(byte))
  }
})

test('escapes that are malformed, controls or no UTF-8 are refused', () => {
  const refused = [
    '%',
    '%2',
    '%zz',
    '%+1',
    '%-1',
    '% 1',
    '%u0041',
    '%00',
    '%0A',
    '%0d',
    '%1f',
    '%7F',
    '%c0%af',
    '%c1%81',
    '%e0%80%af',
    '%ed%a0%80',
    '%f4%90%80%80',
  ]
  refused.push('%f5%80%80%80', '%80', '%c3', '%c3a9', '%c3%28', '%e2%82', '%f0%9f%98', '%ff', '%c3%a9%a9')
  for (const escape of refused) assert.equal(canonical(`/x${escape}`), 'bad_path', escape)
  for (const escape of ['%C2%80', '%E0%A0%80', '%ED%9F%BF', '%EE%80%80', '%F0%90%80%80', '%F4%8F%BF%BF'])
    assert.equal(canonical(`/x${escape}`), `/x${escape}`)
})

test('encoded delimiters and empty segments are noted for the route to judge', () => {
  const seen = (raw: string): number => (canonicalPath(raw, out) === undefined ? out.oddities : -1)
  assert.equal(seen('/a%2fb'), PathOddity.slash)
  assert.equal(seen('/a%5cb'), PathOddity.backslash)
  assert.equal(seen('/a%3bb'), PathOddity.semicolon)
  assert.equal(seen('/a%3fb'), PathOddity.question)
  assert.equal(seen('/a%23b'), PathOddity.hash)
  assert.equal(seen('/a%2Fb%23'), PathOddity.slash | PathOddity.hash)
  assert.equal(seen('/a//b/'), PathOddity.emptySegments)
  assert.deepEqual([out.path, out.unmerged], ['/a/b/', '/a//b/'])
  assert.equal(seen('//a/b'), 0)
  assert.equal(out.unmerged, '/a/b')
  assert.equal(seen('/a/b'), 0)
  assert.equal(seen('/a/%2e./b//'), PathOddity.emptySegments)
  assert.deepEqual([out.path, out.unmerged], ['/b/', '/b//'])
})

test('A28 a canonical path is its own canonical path, and is never an authority', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const path = canonical(raw)
      if (path === 'bad_path') return
      const { unmerged, oddities } = out
      assert.equal(canonical(path), path)
      assert.ok(path.startsWith('/') && !path.includes('//'), path)
      assert.ok(!/\/\.{1,2}(?:\/|;|$)/.test(path), path)
      assert.ok(!unmerged.startsWith('//'), unmerged)
      assert.equal(unmerged.replaceAll(/\/+/g, '/'), path)
      assert.equal((oddities & PathOddity.emptySegments) !== 0, unmerged !== path)
      assert.equal(canonical(unmerged), path)
      assert.equal(out.unmerged, unmerged)
      if (isPlainPath(raw)) assert.equal(path, raw)
    }),
    { numRuns: 5000 },
  )
})

test('A28 the canonical path means what the WHATWG parser understands, where both accept', () => {
  const safe = fc
    .array(fc.constantFrom('/', '.', '..', '%2e', 'a', 'b%c3%a9', ';', '@'), { maxLength: 12 })
    .map((pieces) => `/x${pieces.join('')}`)
  fc.assert(
    fc.property(safe, (raw) => {
      fc.pre(!raw.includes('//'))
      const path = canonical(raw)
      if (path === 'bad_path') return
      assert.equal(decodeURIComponent(path), decodeURIComponent(new URL(raw, 'http://gw.test').pathname))
    }),
    { numRuns: 2000 },
  )
})

test('A22 what a path costs grows with its length, and not faster', () => {
  for (const piece of ['/a', '/..', '/%2e', '//', '/a;', '%2F..', '/%c3%a9', '/.']) {
    // The least of many: a neighbour on the machine must not decide. A square would be 100 times as much.
    const least = (length: number): number => {
      const path = `/${piece.repeat(length / piece.length)}`
      const took = Array.from({ length: 25 }, () => {
        const started = performance.now()
        canonicalPath(path, out)
        isQuery(path)
        return performance.now() - started
      })
      return Math.min(...took)
    }
    const [short, long] = [least(20_000), least(200_000)]
    assert.ok(long < 40 * short, `${piece}: 20 kB took ${short} ms, 200 kB ${long} ms`)
  }
})

test('a query passes unchanged when it is made of what queries are made of', () => {
  for (const query of ['', 'a=b|c&d={e}', 'x[]=1', 'x=%0d%0aX-Evil:1', 'q=a+b?/:@', 'p=100%', "'*"]) assert.ok(isQuery(query), query)
  for (const query of ['a b', 'a#b', 'a<b', 'a>b', 'a"b', 'a\\b', 'a^b', 'a`b', 'a\0', 'a\r\n', 'a\x7f', 'é', '\u0141'])
    assert.ok(!isQuery(query), query)
})

test('A73 a value is encoded for the segment or the query that it goes to', () => {
  assert.equal(encodeSegment("a/b@c#d?e%2F\r\n;é'!"), 'a%2Fb%40c%23d%3Fe%252F%0D%0A%3B%C3%A9%27%21')
  for (const value of ['', '.', '..']) assert.equal(encodeSegment(value), undefined)
  assert.equal(encodeQueryValue('a&b=c+d #'), 'a%26b%3Dc%2Bd%20%23')
  assert.equal(encodeQueryValue('\ud800'), '%EF%BF%BD')
})

interface Case {
  readonly id: string
  readonly category: string
  readonly raw: string
  readonly expect: string
  readonly alt?: readonly string[]
}

test('A28 every path case of the corpus gets its verdict from the grammar alone', () => {
  const corpus = JSON.parse(readFileSync(new URL('../../test/conformance/requests.json', import.meta.url), 'utf8')) as
    | Case[]
    | { cases: Case[] }
  const cases = (Array.isArray(corpus) ? corpus : corpus.cases).filter((c) => c.category === 'path')
  assert.ok(cases.length >= 15)
  for (const { id, raw, expect, alt } of cases) {
    const refused = canonicalPath(raw.split(' ', 2)[1] as string, out) !== undefined || (out.oddities & ~PathOddity.emptySegments) !== 0
    const verdict = refused ? 'reject-400' : 'accept'
    const allowed = [expect, ...(alt ?? [])].map((answer) => answer.replace('accept-normalised', 'accept'))
    assert.ok(allowed.includes(verdict), `${id}: ${verdict}, expected ${allowed.join(' or ')}`)
  }
})
