// `${VAR}`, `${VAR:-default}`, `${VAR:?message}`, `${file:/path}` and `$${` in one parsed scalar. Results are never looked at again:
// a variable whose value holds `${…}` puts those characters there and nothing else.
import type { Secret } from './node.ts'

/** Where values come from: the environment, and files read by path (relative to the file that names them). */
export interface Origins {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file's text, or a message about why there is none. */
  readFile(path: string): { readonly text: string } | { readonly message: string }
}

export interface Interpolated {
  readonly text: string
  /** The scalar was one interpolation and nothing else. */
  readonly whole: boolean
  readonly secrets: readonly Secret[]
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The text with everything put in, or one message for each interpolation that failed. */
export function interpolate(text: string, origins: Origins): Interpolated | { readonly messages: readonly string[] } {
  const messages: string[] = []
  const secrets: Secret[] = []
  let out = ''
  let from = 0
  let whole = false
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', from)) {
    if (at > from && text[at - 1] === '$') {
      out += `${text.slice(from, at - 1)}\${`
      from = at + 2
      continue
    }
    const end = text.indexOf('}', at)
    if (end === -1) {
      messages.push('`${` is never closed; write `$${` for the characters themselves')
      break
    }
    const found = resolve(text.slice(at + 2, end), origins)
    out += text.slice(from, at)
    from = end + 1
    if ('message' in found) messages.push(found.message)
    else {
      out += found.value
      secrets.push(found)
      whole = at === 0 && from === text.length
    }
  }
  if (messages.length > 0) return { messages }
  out += text.slice(from)
  // The text around a secret tells nothing, but the whole is masked as well, so that no part of it is cut off in a message.
  if (secrets.length > 0 && !whole) secrets.push({ name: (secrets[0] as Secret).name, value: out })
  return { text: out, whole, secrets }
}

function resolve(inside: string, origins: Origins): Secret | { message: string } {
  if (inside.startsWith('file:')) return fromFile(inside.slice(5), origins)
  const mark = inside.indexOf(':')
  const name = mark === -1 ? inside : inside.slice(0, mark)
  const operator = mark === -1 ? '' : inside.slice(mark, mark + 2)
  if (!NAME.test(name) || !['', ':-', ':?'].includes(operator)) {
    return {
      message: `\`\${${inside}}\` is not understood; the forms are \`\${VAR}\`, \`\${VAR:-default}\`, \`\${VAR:?message}\`, \`\${file:/path}\`, and \`$\${\` for the characters themselves`,
    }
  }
  const rest = inside.slice(mark + 2)
  const value = Object.hasOwn(origins.env, name) ? origins.env[name] : undefined
  if (operator === '') {
    if (value !== undefined) return { name, value }
    return { message: `\`${name}\` is not set in the environment; set it, or give a default: \`\${${name}:-…}\`` }
  }
  // As in a shell, `:` makes an empty variable count as unset.
  if (value !== undefined && value !== '') return { name, value }
  if (operator === ':-') return { name, value: rest }
  return { message: rest === '' ? `\`${name}\` must be set in the environment` : `\`${name}\` must be set in the environment: ${rest}` }
}

function fromFile(path: string, origins: Origins): Secret | { message: string } {
  if (path === '') return { message: '`${file:}` names no file' }
  const read = origins.readFile(path)
  if ('message' in read) return read
  // What editors and `echo` put at the end is not part of a secret.
  return { name: path, value: read.text.replace(/\r?\n$/, ''), isFile: true }
}
