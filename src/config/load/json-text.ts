// JSON text token by token (RFC 8259): where it first breaks the grammar, in JSON's own words, and its layout with every token as it was
// written. The tree is made by `yaml.ts`, which reads JSON as well; its words for a slip would be YAML's.

export interface JsonError {
  readonly offset: number
  readonly message: string
}

/** What may come next; `…OrEnd`: the closing bracket as well. */
type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing'

const SPACE = /[ \t\r\n]*/y
const TOKEN =
  // oxlint-disable-next-line no-control-regex -- RFC 8259 §7: control characters do not stand in strings
  /[{}[\],:]|"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.])|(?:true|false|null)(?![0-9A-Za-z])/y

/** The tokens of `text` where it is one JSON value, else where and why it is none. */
export function jsonTokens(text: string): readonly string[] | JsonError {
  const tokens: string[] = []
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  for (let at = 0; ;) {
    SPACE.lastIndex = at
    SPACE.exec(text)
    at = SPACE.lastIndex
    if (at === text.length) {
      if (expected === 'nothing') return tokens
      return { offset: at, message: open.length === 0 ? 'a value is missing' : `the \`${open.at(-1)}\` above is not closed` }
    }
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0]
    const next: Expected | undefined = token === undefined ? undefined : after(expected, token, open)
    if (token === undefined || next === undefined) return { offset: at, message: refusal(expected, text[at] as string, open.at(-1)) }
    tokens.push(token)
    at += token.length
    expected = next
  }
}

function after(expected: Expected, token: string, open: ('{' | '[')[]): Expected | undefined {
  switch (token) {
    case '{':
    case '[':
      if (expected !== 'value' && expected !== 'valueOrEnd') return undefined
      open.push(token)
      return token === '{' ? 'keyOrEnd' : 'valueOrEnd'
    case '}':
    case ']':
      if (!expected.endsWith('OrEnd') || open.at(-1) !== (token === '}' ? '{' : '[')) return undefined
      open.pop()
      return open.length === 0 ? 'nothing' : 'commaOrEnd'
    case ',':
      return expected !== 'commaOrEnd' ? undefined : open.at(-1) === '{' ? 'key' : 'value'
    case ':':
      return expected === 'colon' ? 'value' : undefined
    default:
      if (expected === 'key' || expected === 'keyOrEnd') return token.startsWith('"') ? 'colon' : undefined
      if (expected !== 'value' && expected !== 'valueOrEnd') return undefined
      return open.length === 0 ? 'nothing' : 'commaOrEnd'
  }
}

function refusal(expected: Expected, found: string, inside: '{' | '[' | undefined): string {
  if (found === '#' || found === '/') return 'JSON has no comments; keep the file as YAML to have some'
  const text = found === '"'
  if (text && expected !== 'colon' && expected !== 'commaOrEnd' && expected !== 'nothing')
    return 'this text, which is not closed or holds a wrong escape'
  const what = text ? 'another text' : found === '`' ? 'a backtick' : `\`${found}\``
  const quotes = expected.startsWith('value') && /[A-Za-z']/.test(found) ? '; texts stand in double quotes' : ''
  return `${wanted(expected, inside)}, not ${what}${quotes}`
}

function wanted(expected: Expected, inside: '{' | '[' | undefined): string {
  switch (expected) {
    case 'value':
    case 'valueOrEnd':
      return 'a value is expected'
    case 'key':
    case 'keyOrEnd':
      return 'a key in double quotes is expected'
    case 'colon':
      return '`:` is expected after the key'
    case 'commaOrEnd':
      return `\`,\` or \`${inside === '{' ? '}' : ']'}\` is expected`
    case 'nothing':
      return 'nothing is expected after the end'
    default:
      return expected satisfies never
  }
}

/** Two spaces a level; what holds no other container and fits into `most` characters stands on one line. Tokens stay as they are. */
export function layOutJson(tokens: readonly string[], most: number): string {
  let out = ''
  let indent = ''
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as string
    if (token === '{' || token === '[') {
      let end = i + 1
      while (!/^[{}[\]]$/.test(tokens[end] as string)) end++
      const short = /^[}\]]$/.test(tokens[end] as string) ? onOneLine(tokens.slice(i, end + 1)) : undefined
      if (short !== undefined && short.length <= most) {
        out += short
        i = end
      } else {
        indent += '  '
        out += `${token}\n${indent}`
      }
    } else if (token === '}' || token === ']') {
      indent = indent.slice(2)
      out += `\n${indent}${token}`
    } else out += token === ',' ? `,\n${indent}` : token === ':' ? ': ' : token
  }
  return `${out}\n`
}

function onOneLine(tokens: readonly string[]): string {
  const inside = tokens.slice(1, -1).map((token) => (token === ',' || token === ':' ? `${token} ` : token))
  if (inside.length === 0) return tokens.join('')
  return tokens[0] === '{' ? `{ ${inside.join('')} }` : `[${inside.join('')}]`
}
