// Types one scalar from its source text, as the schema wants it, and refuses what cannot be read exactly.
import { named, type Kind } from './introspect.ts'
import { join, type Node, type Place, type ScalarNode } from './node.ts'
import { MISSING } from './yaml.ts'

export type Typed = { readonly value: unknown } | { readonly message: string }

/** JSON's numbers: what YAML 1.1 and 1.2 read differently (`0123`, `0x1F`, `1_000`, `.5`, `1:30`) is no number here. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const NULLS = new Set(['null', '~', 'Null', 'NULL'])
/** What some YAML reader somewhere takes for a number, a truth or nothing. */
const SURPRISING =
  /^(?:[-+]?[0-9][0-9_]*|[-+]?0[xob][0-9a-fA-F_]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?(?:\.[0-9]+|[0-9]+\.)|(?:true|false|yes|no|on|off|y|n|null)|~)$/i

export function typed(node: ScalarNode, wanted: ReadonlySet<Kind>, nullable: boolean): Typed {
  const { text, style } = node
  if (style === 'empty' || (style === 'plain' && NULLS.has(text))) {
    if (style === 'plain' && (nullable || wanted.has('null') || wanted.has('any')))
      return text === 'null' ? { value: null } : { message: `write \`null\` for \`${text}\`` }
    return {
      message:
        style === 'empty'
          ? 'is empty; write a value or remove the key'
          : `\`${text}\` is not a value here; remove the key, or quote it if the word is meant`,
    }
  }
  if (wanted.has('any') && !wanted.has('string') && !wanted.has('number')) return freeScalar(node)
  const bare = style === 'plain' || style === 'whole'
  if (bare && wanted.has('number') && NUMBER.test(text)) return number(text)
  if (bare && wanted.has('boolean') && (text === 'true' || text === 'false')) return { value: text === 'true' }
  if (wanted.has('string') || wanted.has('any')) return { value: text }
  if (text === '') return { message: 'is empty' }
  if (wanted.has('number') && wanted.size === 1) {
    if (style === 'quoted' && NUMBER.test(text)) return { message: `a number stands without quotes: ${text}` }
    return {
      message: `\`${text}\` is not a number${SURPRISING.test(text) ? ' that can be read in one way only; write plain decimal digits' : ''}`,
    }
  }
  if (wanted.has('boolean') && wanted.size === 1) {
    if (style === 'quoted' && (text === 'true' || text === 'false')) return { message: `\`${text}\` stands without quotes` }
    return { message: `\`${text}\` is neither \`true\` nor \`false\`` }
  }
  if (wanted.size > 1) return { message: `must be ${named(wanted)}, not \`${text}\`` }
  if (wanted.has('list')) return { message: `must be a list: \`[${text}]\`, or one \`- ${text}\` a line` }
  return { message: `must be a map of keys, not \`${text}\`` }
}

/** A value that no schema types (a JSON document inside the configuration): JSON's own literals, everything else is text. */
export function free(node: Node, path: string, refuse: (at: Place, path: string, message: string) => void): unknown {
  if (node.kind === 'list') return node.items.map((item, i) => free(item, join(path, i), refuse))
  if (node.kind === 'map') {
    const out: Record<string, unknown> = {}
    for (const [key, entry] of node.entries) out[key] = free(entry.value, join(path, key), refuse)
    return out
  }
  if (node.text === MISSING) return null
  const read = freeScalar(node)
  if ('value' in read) return read.value
  refuse(node, path, read.message)
  return null
}

function freeScalar({ text, style }: ScalarNode): Typed {
  if (style === 'empty') return { message: 'is empty; write a value, `null` or `""`' }
  if (style !== 'plain') return { value: text }
  if (text === 'null') return { value: null }
  if (text === 'true' || text === 'false') return { value: text === 'true' }
  if (NUMBER.test(text)) return number(text)
  if (SURPRISING.test(text))
    return { message: `\`${text}\` is read differently by different readers of YAML; quote it if it is a text, else write it as in JSON` }
  return { value: text }
}

/** Exact or refused: a double holds about 15 digits, an integer up to 2^53. */
function number(text: string): Typed {
  const value = Number(text)
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '').length
  const exact = Number.isInteger(value) && !/[.eE]/.test(text) ? Number.isSafeInteger(value) : Number.isFinite(value) && digits <= 15
  return exact ? { value } : { message: `\`${text}\` cannot be read exactly; quote it if it is a text` }
}
