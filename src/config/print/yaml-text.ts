// A tree with comments, written as YAML in the layout of `tidegate fmt`.

/** What YAML, or a terminal, would take for more than a character. */
const ESCAPED = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** A tree with comments. */
export type Out =
  | { readonly kind: 'scalar'; readonly text: string; readonly quoted: boolean; readonly comment: string }
  | { readonly kind: 'list'; readonly items: readonly Out[] }
  | { readonly kind: 'map'; readonly entries: Map<string, Out> }
  | { readonly kind: 'comment'; readonly comment: string }

/** Block style, two spaces a level, from `depth` levels in. */
export function lines(out: Out, depth: number): string[] {
  const indent = '  '.repeat(depth)
  switch (out.kind) {
    case 'comment':
      return [`${indent}# ${out.comment}`]
    case 'scalar':
      return [`${indent}${scalarText(out)}${note(out)}`]
    case 'list':
      return out.items.flatMap((item) => listItem(item, depth))
    case 'map':
      return [...out.entries].flatMap(([key, value]) => entryLines(key, value, depth))
    default:
      return out satisfies never
  }
}

function entryLines(key: string, value: Out, depth: number): string[] {
  const indent = '  '.repeat(depth)
  if (value.kind === 'comment') return lines(value, depth)
  const name = quotedWhereNeeded(key, false)
  if (value.kind === 'scalar') return [`${indent}${name}: ${scalarText(value)}${note(value)}`]
  if (value.kind === 'list' && value.items.length === 0) return [`${indent}${name}: []`]
  if (value.kind === 'map' && value.entries.size === 0) return [`${indent}${name}: {}`]
  return [`${indent}${name}:`, ...lines(value, depth + 1)]
}

function listItem(item: Out, depth: number): string[] {
  const indent = '  '.repeat(depth)
  if (item.kind === 'list') return item.items.length === 0 ? [`${indent}- []`] : [`${indent}-`, ...lines(item, depth + 1)]
  if (item.kind === 'map' && item.entries.size === 0) return [`${indent}- {}`]
  const [first = '', ...rest] = lines(item, depth + 1)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

const note = ({ comment }: { readonly comment: string }): string => (comment === '' ? '' : ` # ${comment}`)

const scalarText = ({ text, quoted }: { readonly text: string; readonly quoted: boolean }): string =>
  // What looks like an interpolation is none any more.
  quotedWhereNeeded(
    text.replaceAll('${', () => '$${'),
    quoted,
  )

/** Without quotes where YAML reads the text as it stands; JSON's quotes are YAML's as well. */
function quotedWhereNeeded(text: string, quoted: boolean): string {
  // oxlint-disable-next-line no-control-regex -- what needs an escape
  if (!quoted && /^[\w/.«][^\0-\x1f]*$/.test(text) && !/: |:$| #| $/.test(text) && text.search(ESCAPED) === -1) return text
  return JSON.stringify(text).replace(ESCAPED, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
