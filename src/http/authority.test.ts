import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalAuthority, hostOf, splitAuthority } from './uri.ts'

test('A126 an authority has one canonical spelling', () => {
  const spellings: [string, string][] = [
    ['gw.test', 'gw.test'],
    ['GW.Test', 'gw.test'],
    ['gw.test.', 'gw.test'],
    ['gw.test:80', 'gw.test'],
    ['gw.test:', 'gw.test'],
    ['GW.test.:80', 'gw.test'],
    ['gw.test:0080', 'gw.test'],
    ['gw.test:443', 'gw.test:443'],
    ['gw.test:08080', 'gw.test:8080'],
    ['my_svc-1:65535', 'my_svc-1:65535'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['[::1]:8080', '[::1]:8080'],
    ['[0:0::1]', '[::1]'],
    ['[::FFFF:10.0.0.1]:80', '10.0.0.1'],
  ]
  for (const [raw, expected] of spellings) assert.equal(canonicalAuthority(raw, 'http'), expected, raw)
  assert.equal(canonicalAuthority('gw.test:443', 'https'), 'gw.test')
  assert.equal(canonicalAuthority('gw.test:80', 'https'), 'gw.test:80')
})

test('A126 what is no authority is refused', () => {
  const refused = [
    '',
    '.',
    ':',
    ':80',
    'gw.test..',
    '.gw.test',
    'a..b',
    'gw.test:99999',
    'gw.test:65536',
    'gw.test:-1',
    'gw.test:80a',
    'gw.test:80:81',
    'gw.test:+80',
  ]
  refused.push(
    'gw.test/admin',
    'gw.test?x',
    'gw.test#x',
    'a@gw.test',
    'gw.test:80@evil.test',
    'a b',
    'a,b',
    'a\0b',
    'gw\xe9.test',
    '\u212a.test',
    '%61.test',
  )
  refused.push(
    '[::1',
    '[::1]x',
    '[]',
    '[1.2.3.4]',
    '[::1%25eth0]',
    '[v1.a]',
    '::1',
    '[::1]:99999',
    '[::1]]',
    'a'.repeat(256),
    ' gw.test',
    'gw.test\t',
    'gw.test:000080',
  )
  for (const raw of refused) assert.equal(canonicalAuthority(raw, 'http'), undefined, JSON.stringify(raw))
})

test('A126 a canonical authority is its own canonical authority', () => {
  const raw = fc
    .array(fc.constantFrom('a', 'B', '.', ':', '8', '0', '80', '[', ']', '::', '-', '@'), { maxLength: 8 })
    .map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(raw, fc.constantFrom('http' as const, 'https' as const), (text, scheme) => {
      const authority = canonicalAuthority(text, scheme)
      if (authority !== undefined) assert.equal(canonicalAuthority(authority, scheme), authority)
    }),
    { numRuns: 3000 },
  )
})

test('an authority splits into host and port', () => {
  assert.deepEqual(splitAuthority('gw.test'), { host: 'gw.test', port: undefined })
  assert.deepEqual(splitAuthority('gw.test:8080'), { host: 'gw.test', port: 8080 })
  assert.deepEqual(splitAuthority('[::1]'), { host: '::1', port: undefined })
  assert.deepEqual(splitAuthority('[::1]:81'), { host: '::1', port: 81 })
  assert.equal(hostOf('[2001:db8::1]:81'), '2001:db8::1')
})

interface Case {
  readonly id: string
  readonly category: string
  readonly raw: string
  readonly expect: string
  readonly alt?: readonly string[]
}

test('A126 every host case of the corpus with one Host gets its verdict from the grammar alone', () => {
  const corpus = JSON.parse(readFileSync(new URL('../../test/conformance/requests.json', import.meta.url), 'utf8')) as
    | Case[]
    | { cases: Case[] }
  const cases = (Array.isArray(corpus) ? corpus : corpus.cases).filter(
    (c) => c.category === 'host' && c.raw.split(/\r\nhost:/i).length === 2,
  )
  assert.ok(cases.length >= 15)
  for (const { id, raw, expect, alt } of cases) {
    const host = (/\r\nHost: ([^\r]*)/.exec(raw) as RegExpExecArray)[1] as string
    const verdict = canonicalAuthority(host, 'http') === undefined ? 'reject-400' : 'accept'
    const allowed = [expect, ...(alt ?? [])].map((answer) => answer.replace('accept-normalised', 'accept'))
    assert.ok(allowed.includes(verdict), `${id}: ${verdict}, expected ${allowed.join(' or ')}`)
  }
})
