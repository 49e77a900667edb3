import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonTokens, layOutJson } from './json-text.ts'

const toldOf = (text: string): string => {
  const read = jsonTokens(text)
  return 'message' in read ? `${read.offset} ${read.message}` : 'JSON'
}

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('a slip in JSON is told in the words of JSON', () => {
  const cases: Record<string, string> = {
    '{"a": 1,, "b": 2}': '8 a key in double quotes is expected, not `,`',
    '{"a": 1,}': '8 a key in double quotes is expected, not `}`',
    '{a: 1}': '1 a key in double quotes is expected, not `a`',
    '{"a" 1}': '5 `:` is expected after the key, not `1`',
    '{"a": 1 "b": 2}': '8 `,` or `}` is expected, not another text',
    '{"a": }': '6 a value is expected, not `}`',
    '{"a": yes}': '6 a value is expected, not `y`; texts stand in double quotes',
    '{"a": \'b\'}': "6 a value is expected, not `'`; texts stand in double quotes",
    '{"a": "b}': '6 this text, which is not closed or holds a wrong escape',
    '[1, 2': '5 the `[` above is not closed',
    '[1}': '2 `,` or `]` is expected, not `}`',
    '{} {}': '3 nothing is expected after the end, not `{`',
    '// no\n{}': '0 JSON has no comments; keep the file as YAML to have some',
    '': '0 a value is missing',
    '[01]': '1 a value is expected, not `0`',
  }
  for (const [text, expected] of Object.entries(cases)) assert.equal(toldOf(text), expected, text)
})

test('it takes what JSON.parse takes, and nothing else', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e9"',
    '"\\x"',
    '0',
    '01',
    '-1.5e+3',
    '1.',
    'true',
    'nul',
    ' ',
    '\n',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      ),
      (text) => assert.equal('message' in jsonTokens(text), !parses(text), text),
    ),
    { numRuns: 2000 },
  )
})

test('the layout of JSON changes nothing that it says, and is its own layout', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const once = layOutJson(jsonTokens(text) as string[], 70)
      assert.deepEqual(JSON.parse(once), JSON.parse(text))
      assert.equal(layOutJson(jsonTokens(once) as string[], 70), once)
    }),
    { numRuns: 500 },
  )
})
