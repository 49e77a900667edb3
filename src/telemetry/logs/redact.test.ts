import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createRedactor } from './redact.ts'

const redact = createRedactor(['my-secret', 'Schlüssel'])

test('A77 values of token-like parameters are masked, the rest of the query is not touched', () => {
  assert.equal(redact.query('a=1&access_token=x&b=2'), 'a=1&access_token=[redacted]&b=2')
  assert.equal(redact.query('code=x&state=y'), 'code=[redacted]&state=y')
  assert.equal(redact.query('my-secret=x'), 'my-secret=[redacted]')
  for (const query of ['', 'a', 'a=1', 'page=2&sort=price', 'codec=h264', 'tokens=3', 'access_token', 'access_token=&a=1', 'a=b=c&&=d&']) {
    assert.equal(redact.query(query), query)
  }
})

test('A77 no spelling of a name goes round the mask', () => {
  const spellings = [
    'ACCESS_TOKEN',
    'Access-Token',
    'accessToken',
    'access%5Ftoken',
    '%61ccess_token',
    'access+token',
    'access.token',
    'access_token%20',
    'user[access_token]',
    'access_token[]',
    'user%5Baccess_token%5D',
    'API-KEY',
    'api%2Dkey',
    'my_secret',
    'MYSECRET',
    'schl%C3%BCssel',
    'X-Amz-Signature',
    'samlresponse',
    '%zzaccess_token'.slice(3),
  ]
  for (const name of spellings) assert.equal(redact.query(`q=1&${name}=canary&z=2`), `q=1&${name}=[redacted]&z=2`)
})

test('A77 other separators and nested URLs do not hide a secret', () => {
  const nested = encodeURIComponent('https://app.example/cb?access_token=canary')
  const hidden = [
    'a=1;access_token=canary',
    'a=1?access_token=canary',
    'a=1#access_token=canary',
    'access_token=ca=canary',
    `to=${nested}`,
    `to=${encodeURIComponent(`https://x?to=${nested}`)}`,
    'a=1%26access_token%3Dcanary',
    'access_token%3Dcanary',
    'a&x%26access_token=canary',
  ]
  for (const query of hidden) assert.doesNotMatch(redact.query(query), /canary/, query)
})

test('A77 user information in a URL is masked', () => {
  assert.equal(redact.url('http://user:canary@host/path?a=1'), 'http://[redacted]@host/path?a=1')
  assert.equal(redact.url('//user:canary@host/'), '//[redacted]@host/')
  assert.equal(redact.url('user:canary@host:443'), '[redacted]@host:443')
  assert.equal(redact.url('https://host/a@b?token=x#y'), 'https://host/a@b?token=[redacted]#y')
  assert.equal(redact.url('https://host/#access_token=x'), 'https://host/#access_token=[redacted]')
  assert.equal(redact.url('/plain/path'), '/plain/path')
})

test('A77 whatever stands around it, the value of a secret parameter is gone', () => {
  const piece = fc.string({ maxLength: 6, unit: fc.constantFrom('a', '1', '=', '&', ';', '%', '2', '6', '?', '[', ']', '+', '.') })
  fc.assert(
    fc.property(piece, piece, (before, after) => {
      assert.doesNotMatch(redact.query(`${before}&access_token=canary${after}`), /canary/)
    }),
    { numRuns: 5_000 },
  )
})

test('A77 a secret name in any case, parted in any way and encoded anywhere, is masked wherever it stands', () => {
  const spelling = fc
    .constantFrom('access_token', 'code', 'api_key', 'x-amz-signature', 'samlresponse', 'mysecret')
    .chain((name) =>
      fc.tuple(
        ...name
          .split('')
          .map((letter) =>
            fc.constantFrom(
              letter,
              letter,
              letter,
              letter.toUpperCase(),
              `${letter}_`,
              `${letter}-`,
              `%${letter.charCodeAt(0).toString(16)}`,
            ),
          ),
      ),
    )
    .map((letters) => letters.join(''))
  const before = fc.constantFrom('', 'page=2&', 'sort_by=a;', '&', 'a&', '?', 'b=%20&', 'é=1&', '=#')
  fc.assert(
    fc.property(before, spelling, fc.constantFrom('', '&z=1', ';z', '#'), (head, name, tail) => {
      assert.equal(redact.query(`${head}${name}=canary${tail}`), `${head}${name}=[redacted]${tail}`)
    }),
    { numRuns: 3_000 },
  )
})
