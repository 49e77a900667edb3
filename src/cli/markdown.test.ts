import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderMarkdown } from './markdown.ts'

const shown = (markdown: string, width = 30): string => renderMarkdown(markdown, { width, bold: (text) => `<${text}>` })

test('headings are bold, paragraphs are as wide as there is room, code is indented and as it is', () => {
  assert.equal(
    shown(
      '# A page\n\nOne two three four five\nsix [seven](other.md) **eight** [nine](https://nine.example).\n\n```sh\nrun  it --with "a very long line of arguments"\n```\n',
    ),
    '<A page>\n\nOne two three four five six\nseven eight nine\n(https://nine.example).\n\n    run  it --with "a very long line of arguments"\n',
  )
})

test('the further lines of an item stand below its first word', () => {
  assert.equal(
    shown('- one two three four five six seven\n- eight\n  nine\n\n1. ten'),
    '- one two three four five six\n  seven\n- eight nine\n\n1. ten\n',
  )
})

test('columns of a table are lined up, and the widest is broken where they do not fit', () => {
  assert.equal(
    shown('| key | what |\n|---|---|\n| `a` | one two three four five six |\n| `long` | x \\| y |'),
    '<key     what>\n`a`     one two three four\n        five six\n`long`  x | y\n',
  )
  assert.equal(shown('|  |  |\n|---|---|\n| a | b |'), 'a  b\n')
})

test('a table of many columns that does not fit becomes a few lines for each row', () => {
  assert.equal(
    shown('| key | type | default |  |\n|---|---|---|---|\n| `a` | size | `1KiB` | of what there is to read |\n| `b` | map |  | x |'),
    '<`a`>\n    type: size; default:\n    `1KiB`\n    of what there is to read\n<`b`>\n    type: map\n    x\n',
  )
})

test('comments of generators are not shown', () => {
  assert.equal(shown('<!-- generated: head -->\n\ntext\n\n<!-- /generated -->\n'), 'text\n')
})

test('no line but one of code is wider than the terminal, on any page', () => {
  const docs = join(import.meta.dirname, '../../docs')
  for (const page of globSync('**/*.md', { cwd: docs })) {
    const text = renderMarkdown(readFileSync(join(docs, page), 'utf8'), { width: 80, bold: (words) => words })
    const wide = text.split('\n').filter((line) => line.length > 80 && !line.startsWith('    '))
    assert.deepEqual(wide, [], page)
  }
})
