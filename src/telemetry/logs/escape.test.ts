import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { escapeJson, escapeQuoted, escapeTerminal, escapeWord, wireText } from './escape.ts'

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/** Bytes from the wire, as latin1; the awkward ones often, as UTF-8 too. */
const wire = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '\r\n',
        '\x1b[2J',
        '"',
        '\\',
        '\0',
        '\x7f',
        '\x9b',
        ' ',
        '\u2028',
        '\u202e',
        '\u200b',
        '\ufeff',
        '\u{e0041}',
        'é',
        '€',
        '😀',
        '\\u0022',
        '","a":"',
      ),
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom(parts.join(''), Buffer.from(parts.join(''), 'utf8').toString('latin1')))

test('A78 a JSON string holds no control, separator or bidi mark, and parses back to what was sent', () => {
  fc.assert(
    fc.property(wire, (value) => {
      const escaped = escapeJson(value)
      assert.doesNotMatch(escaped, INVISIBLE)
      assert.equal(JSON.parse(`"${escaped}"`), wireText(value))
    }),
    { numRuns: 5_000 },
  )
})

test('A78 a quoted part is printable ASCII without a bare quote, and decodes to the bytes that were sent', () => {
  fc.assert(
    fc.property(wire, (value) => {
      const escaped = escapeQuoted(value)
      assert.match(escaped, /^(?:[ !#-[\]-~]|\\x[0-9a-f]{2})*$/)
      const bytes = escaped.replace(/\\x(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
      // Text beyond latin1 cannot come from the wire; the configuration's is written as UTF-8, each such character by itself.
      if (!/[^\0-\xff]/.test(value)) assert.equal(bytes, value)
    }),
    { numRuns: 5_000 },
  )
})

test('A78 terminal text shows what is invisible as \\xHH, and a word has no space either', () => {
  fc.assert(
    fc.property(wire, (value) => {
      assert.doesNotMatch(escapeTerminal(value), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"]/u)
      assert.doesNotMatch(escapeWord(value), /[\s\p{Cc}\p{Cf}"]/u)
    }),
    { numRuns: 5_000 },
  )
  assert.equal(escapeTerminal('a\x1b[31m\u202eb'), String.raw`a\x1b[31m\xe2\x80\xaeb`)
  assert.equal(escapeWord('a b'), String.raw`a\x20b`)
})

test('header bytes are read as UTF-8 where they are valid, else as latin1', () => {
  assert.equal(escapeJson('caf\xc3\xa9'), 'café')
  assert.equal(escapeJson('caf\xe9'), 'café')
  assert.equal(escapeQuoted('caf\xc3\xa9'), String.raw`caf\xc3\xa9`)
})

test('what needs no escape is given back as it is', () => {
  for (const escape of [escapeJson, escapeQuoted, escapeTerminal, escapeWord])
    assert.equal(escape("/a-b_c~!$&'()*+,;=:@%20"), "/a-b_c~!$&'()*+,;=:@%20")
})
