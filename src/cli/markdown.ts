// Markdown as a terminal shows it: headings bold, paragraphs and tables as wide as there is room, code as it is. As much of the language as
// the pages of docs/ use.

export interface Look {
  /** Columns; lines of code may be longer, so that they can be copied. */
  readonly width: number
  readonly bold: (text: string) => string
}

const HEADING = /^(#{1,6}) (.+)$/
const ITEM = /^( *)([-*]|[0-9]+\.) (.*)$/
const RULE = /^[\s|:-]+$/
const INDENT = '    '

/** The text for a terminal, ending in a line feed. */
export function renderMarkdown(markdown: string, look: Look): string {
  const lines = markdown.replaceAll(/<!--[^]*?-->\n?/g, '').split('\n')
  const out: string[] = []
  let gathered: string[] = []
  const flush = (): void => {
    if (gathered.length > 0) out.push(...paragraph(gathered, look.width), '')
    gathered = []
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    const heading = HEADING.exec(line)
    if (line.startsWith('```')) {
      flush()
      while (++i < lines.length && !(lines[i] as string).startsWith('```')) out.push(`${INDENT}${lines[i]}`.trimEnd())
      out.push('')
    } else if (line.startsWith('|')) {
      flush()
      const rows: string[] = []
      for (; lines[i]?.startsWith('|'); i++) rows.push(lines[i] ?? '')
      i--
      out.push(...tableLines(rows, look), '')
    } else if (heading !== null) {
      flush()
      out.push(look.bold(inline(heading[2] ?? '')), '')
    } else if (line.trim() === '') flush()
    else {
      if (ITEM.test(line) && gathered.length > 0) {
        out.push(...paragraph(gathered, look.width))
        gathered = []
      }
      gathered.push(line)
    }
  }
  flush()
  return `${out
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

/** Links as their words, with the address where it leads out of the documents; emphasis as it reads. */
function inline(text: string): string {
  return text
    .replaceAll(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '$1 ($2)')
    .replaceAll(/\[([^\]]+)\]\([^)\s]+\)/g, '$1')
    .replaceAll(/\*\*([^*]+)\*\*/g, '$1')
}

/** A paragraph or an item of a list, whose further lines stand below its first word. */
function paragraph(lines: readonly string[], width: number): string[] {
  const item = ITEM.exec(lines[0] ?? '')
  const [, depth = '', mark = ''] = item ?? []
  const first = item === null ? '' : `${depth}${mark} `
  const text = [item?.[3] ?? lines[0] ?? '', ...lines.slice(1).map((line) => line.trim())].join(' ')
  const wrapped = wrap(inline(text), width - first.length)
  return wrapped.map((line, index) => `${index === 0 ? first : ' '.repeat(first.length)}${line}`)
}

/** Lines of at most `width`, broken between words, and inside one only where it is longer than a line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ').filter((each) => each !== '')) {
    if (line !== '' && line.length + 1 + word.length <= width) {
      line = `${line} ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width))
    line = word
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

const GAP = '  '
/** A column is not made narrower than this. */
const NARROW = 10

function tableLines(rows: readonly string[], look: Look): string[] {
  const cells = rows
    .filter((row) => !RULE.test(row))
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((each) => inline(each.trim().replaceAll('\\|', '|'))),
    )
  // A head of empty cells is Markdown's way of having none.
  const isHead = rows[1] !== undefined && RULE.test(rows[1]) && !RULE.test(rows[0] ?? '')
  if (isHead && cells.length > 1 && (cells[0]?.length ?? 0) >= RECORD && naturalWidth(cells) > look.width) return records(cells, look)
  const widths = fitted(cells, look.width)
  return cells.flatMap((row, index) => {
    const columns = widths.map((width, column) => wrap(row[column] ?? '', width))
    const height = Math.max(...columns.map((column) => column.length))
    return Array.from({ length: height }, (_, line) => {
      const text = columns
        .map((column, at) => (column[line] ?? '').padEnd(widths[at] ?? 0))
        .join(GAP)
        .trimEnd()
      return isHead && index === 0 ? look.bold(text) : text
    })
  })
}

/** A table of so many columns is not squeezed into a terminal: each row becomes a few lines. */
const RECORD = 4

/** The first cell of a row, then the others with the names of their columns; a column without a name is told last, in lines of its own. */
function records([head = [], ...rows]: readonly (readonly string[])[], look: Look): string[] {
  return rows.flatMap(([first = '', ...others]) => {
    const told = others.map((cell, at) => ({ cell, name: head[at + 1] ?? '' })).filter(({ cell }) => cell !== '')
    const named = told.filter(({ name }) => name !== '').map(({ cell, name }) => `${name}: ${cell}`)
    const words = told.filter(({ name }) => name === '').map(({ cell }) => cell)
    const below = [named.join('; '), ...words].filter((each) => each !== '').flatMap((each) => wrap(each, look.width - INDENT.length))
    return [...wrap(first, look.width).map(look.bold), ...below.map((line) => `${INDENT}${line}`)]
  })
}

function naturalWidth(cells: readonly (readonly string[])[]): number {
  const widest = (column: number): number => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0))
  return (cells[0] ?? []).reduce((sum, _, column) => sum + widest(column) + GAP.length, -GAP.length)
}

/** Widths of the columns that fit: the widest gives first. Empty columns have none. */
function fitted(cells: readonly (readonly string[])[], most: number): number[] {
  const count = Math.max(...cells.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)))
  const total = (): number => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (count - 1)
  while (total() > most) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= NARROW) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}
