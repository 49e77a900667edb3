// The usual slips in YAML, told in the words of somebody who made them: an unquoted `{`, `!`, `*`, `,` or `: `, a tab, a missing quote.
import { jsonTokens } from './json-text.ts'
import type { Source } from './node.ts'

/** What a syntax error comes down to: a message, and a better place than the parser's where there is one. */
export interface Slip {
  readonly message: string
  readonly offset: number
  /** Where the value starts that the message is about. Undefined when it is about the text: no key is to blame for a tab or a second document. */
  readonly value?: number
}

/** `text` in the quotes that need the least escaping. */
export function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`
  if (!text.includes("'")) return `'${text}'`
  return JSON.stringify(text)
}

/** The slip behind a value that begins with an indicator (`!tag`, `*alias`, `{…}`): what it does here, and the value in quotes. */
export function indicatorSlip(source: Source, offset: number, flow: boolean, does: string): string {
  const key = keyBefore(source.text, offset)
  const value = valueFrom(source.text, offset, flow)
  const indicator = source.text[offset] as string
  return `${indicator === '`' ? 'a backtick' : `\`${indicator}\``} ${does}; quote it:  ${key}${quoted(value)}`
}

/** A NUL byte: the YAML parser takes it for a letter, and whoever wrote it hardly meant it. */
export function nulSlip(text: string): Slip | undefined {
  const offset = text.indexOf('\0')
  return offset === -1 ? undefined : { message: 'a NUL byte stands here; a configuration is plain text in UTF-8', offset }
}

/** Explains an error of the YAML parser at `offset`. */
export function syntaxSlip(source: Source, code: string, offset: number, original: string): Slip {
  const { text } = source
  const json = source.file.endsWith('.json') ? jsonTokens(text) : undefined
  if (json !== undefined && 'message' in json) return { message: `this is not JSON: ${json.message}`, offset: json.offset }
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent here; use spaces', offset }
    case 'BAD_SCALAR_START':
      return { message: indicatorSlip(source, offset, insideFlow(text, offset), 'cannot begin a value'), offset, value: offset }
    case 'MULTIPLE_DOCS':
      return { message: 'a file holds one document; put the second one into a file of its own and name it under `include`', offset }
    case 'UNEXPECTED_TOKEN':
      return braceSlip(source, offset) ?? quoteSlip(text, offset) ?? { message: plain(original), offset }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return colonSlip(text, offset)
    case 'BAD_INDENT':
      if (original.includes('end with a')) return { message: `a \`${original.endsWith(']') ? '[' : '{'}\` above is not closed`, offset }
      return {
        message: 'the indentation fits no line above; keys of one map start in the same column',
        offset: offset + indentation(text, offset),
      }
    case 'MULTILINE_IMPLICIT_KEY':
      return { message: 'this line is neither `key: value` nor an item `- value`', offset }
    case 'MISSING_CHAR':
      return interpolationSlip(text, offset) ?? missingSlip(text, offset, original)
    default:
      return { message: plain(original), offset }
  }
}

/** `[http://${HOST}:1]`: inside `[ ]` and `{ }` the `{` of an interpolation starts a map, whatever stands before it. */
function interpolationSlip(text: string, brace: number): Slip | undefined {
  if (!text.startsWith('${', brace - 1)) return undefined
  const lineStart = text.lastIndexOf('\n', brace) + 1
  const start = brace - (/[^\s,[\]{}]*$/.exec(text.slice(lineStart, brace)) as RegExpExecArray)[0].length
  return unquotedInterpolation(text, start, brace - 1)
}

const unquotedInterpolation = (text: string, start: number, offset: number): Slip => ({
  message: `\`\${…}\` has to be quoted inside \`[ ]\` and \`{ }\`:  ${keyBefore(text, start)}${quoted(valueFrom(text, start, true))}`,
  offset,
  value: start,
})

/** `match: GET /products/{id}` inside `{…}`, or `to: {rest}/x`: a brace or bracket in an unquoted value. */
function braceSlip(source: Source, offset: number): Slip | undefined {
  const { text } = source
  const start = valueStart(text, offset)
  if (text[start] === '"' || text[start] === "'") return undefined
  const flow = insideFlow(text, start)
  const value = valueFrom(text, start, flow)
  const at = value.search(/[{[]/)
  if (at === -1 || start + at > offset) return undefined
  if (value.startsWith('${', at - 1)) return unquotedInterpolation(text, start, start + at - 1)
  const what = value[at] === '{' ? 'map' : 'list'
  const message = `\`${value[at]}\` starts a ${what} here; quote it:  ${keyBefore(text, start)}${quoted(value)}`
  return { message, offset: start + at, value: start }
}

/** `"a" b`: text after a closing quote. */
function quoteSlip(text: string, offset: number): Slip | undefined {
  const before = text.slice(0, offset).trimEnd().at(-1)
  if (before !== '"' && before !== "'") return undefined
  return { message: 'text follows the closing quote; put the whole value inside the quotes', offset, value: offset }
}

const indentation = (text: string, offset: number): number => (/^ */.exec(text.slice(offset, offset + 200)) as RegExpExecArray)[0].length

function colonSlip(text: string, offset: number): Slip {
  const value = valueFrom(text, offset, false)
  if (/:(\s|$)/.test(value)) {
    const message = `\`: \` begins another value on this line; quote it:  ${keyBefore(text, offset)}${quoted(value)}`
    return { message, offset, value: offset }
  }
  return { message: 'this key has a value, so no keys can stand below it', offset, value: offset }
}

function missingSlip(text: string, offset: number, original: string): Slip {
  const quote = /closing (["'])/.exec(original)?.[1]
  if (quote !== undefined)
    return { message: `the quote that opens here is never closed`, offset: Math.max(0, text.lastIndexOf(quote, offset - 1)) }
  if (original.includes('Implicit map keys')) {
    return { message: `\`${valueFrom(text, offset, false)}\` is neither \`key: value\` nor an item \`- value\``, offset }
  }
  return { message: plain(original), offset }
}

const plain = (message: string): string => `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`

/** Where the unquoted value around `offset` starts: after the nearest `: `, `- `, `, `, `{ ` or `[ ` before it on its line. */
function valueStart(text: string, offset: number): number {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  const before = text.slice(lineStart, offset)
  const marks = [...before.matchAll(/(?:: +|, *|[{[] +|^\s*- +)/g)]
  const last = marks.at(-1)
  return last === undefined ? lineStart + (/^\s*/.exec(before) as RegExpExecArray)[0].length : lineStart + last.index + last[0].length
}

/** The value that starts at `offset`, as its writer meant it: up to the end of the line or a comment, in flow up to `,` or the closing bracket. */
function valueFrom(text: string, offset: number, flow: boolean): string {
  let depth = 0
  let end = offset
  for (; end < text.length; end++) {
    const c = text[end] as string
    if (c === '\n' || c === '\r' || (c === '#' && end > offset && /\s/.test(text[end - 1] as string))) break
    if (!flow) continue
    if (c === '{' || c === '[' || c === '(') depth++
    else if (c === ',' && depth === 0) break
    else if (c === '}' || c === ']' || c === ')') if (depth-- === 0) break
  }
  return text.slice(offset, end).trimEnd()
}

/** `key: ` as it stands before `offset` on the same line, or nothing for an item of a list. */
function keyBefore(text: string, offset: number): string {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  return /(?:^|[\s{,[])([^\s{},[\]]+: )\s*$/.exec(before)?.[1] ?? ''
}

/** More brackets open than closed before `offset` on its line: a guess, good enough for where a value ends. */
function insideFlow(text: string, offset: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  let depth = 0
  for (const c of before) {
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') depth--
  }
  return depth > 0
}
