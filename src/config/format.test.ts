import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatYaml } from './format.ts'

const text = (input: string): string => {
  const formatted = formatYaml(input, 'a.yaml')
  assert.ok('text' in formatted, JSON.stringify(formatted))
  return formatted.text
}

test('short flow collections stay, long ones become blocks', () => {
  assert.equal(text('a: {b: 1,   c: [1,2]}\n'), 'a: { b: 1, c: [1, 2] }\n')
  const long = Array.from({ length: 12 }, (_, i) => `"/path/${i}"`).join(', ')
  assert.equal(text(`a: [${long}]\n`), `a:\n${Array.from({ length: 12 }, (_, i) => `  - "/path/${i}"\n`).join('')}`)
})

test('a comment behind a short flow collection leaves it on its line, one inside makes it a block', () => {
  assert.equal(text('a: {b: [c]}   # d\n'), 'a: { b: [c] } # d\n')
  assert.equal(text('a: {\n  b: 1, # d\n  c: 2 }\n'), 'a:\n  b: 1 # d\n  c: 2\n')
})

test('comments, blank lines, quotes, anchors and odd scalars stay as they are', () => {
  const input =
    '# first\n\nversion: 1 # one\nx-a: &a [x]\n\n# before b\nb:\n  # inside\n  - 0123\n  - "quoted"\n  - \'single\'\n  - yes\n  - *a\n  - |\n    block\n    text\n'
  assert.equal(text(input), input)
})

test('formatting twice is formatting once', () => {
  const input =
    'a:\n    - b: {c: 1, d: "GET /x/{id}"}\n      e:   2\n    - {  }\n\n\n\nf: { g: { h: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, c] } } # tail\n'
  assert.equal(text(text(input)), text(input))
})

test('what is no YAML is told with its place and left alone', () => {
  assert.deepEqual(formatYaml('a:\n  b: { c: GET /x/{id} }\n', 'a.yaml'), {
    line: 2,
    column: 18,
    message: '`{` starts a map here; quote it:  c: "GET /x/{id}"',
  })
})

test('an empty file and one of comments alone stay as they are', () => {
  assert.equal(text(''), '')
  assert.equal(text('# later\n'), '# later\n')
})

test('a JSON file stays JSON, with every number and text as it was spelled', () => {
  const input = '{"version":1,"routes":{"a":{"match":"/a","reply":{"status":200,"json":[1.50,"\\u00e9",[]]}}}}'
  const laidOut =
    '{\n  "version": 1,\n  "routes": {\n    "a": {\n      "match": "/a",\n      "reply": {\n        "status": 200,\n        "json": [\n          1.50,\n          "\\u00e9",\n          []\n        ]\n      }\n    }\n  }\n}\n'
  assert.deepEqual(formatYaml(input, 'a.json'), { text: laidOut })
  assert.deepEqual(formatYaml('{"a": 1,\n "b" 2}', 'a.json'), {
    line: 2,
    column: 6,
    message: 'this is not JSON: `:` is expected after the key, not `2`',
  })
})

test('a NUL byte is told, and the file left alone', () => {
  assert.deepEqual(formatYaml('a: \0\n', 'a.yaml'), {
    line: 1,
    column: 4,
    message: 'a NUL byte stands here; a configuration is plain text in UTF-8',
  })
})
