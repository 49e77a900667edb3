// Reads a tree as a schema asks: types scalars from their source text, and reports unknown keys, empty values and values of the wrong
// kind where they stand. What it returns goes to the schema itself, which checks ranges, formats and everything else.
import type { ZodType } from 'zod'
import { laterKeys, laterValues, plainFields } from '../schema/marks.ts'
import { free, typed } from './scalar.ts'
import { join, type ListNode, type MapNode, type Node, type ScalarNode } from './node.ts'
import type { Problems } from './problems.ts'
import { indicatorSlip } from './slips.ts'
import { remedy } from './suggest.ts'
import { children, kinds, named, unwrap, type Def } from './introspect.ts'
import { MISSING } from './yaml.ts'

/** Takes the place of a value that a problem was told about. */
export const unread = undefined

/** Reads items of some schemas in a way of its own (policies); returns undefined for every other schema. */
export type Special = (schema: ZodType, node: Node, path: string) => { readonly value: unknown } | undefined

export class Coercion {
  readonly #problems: Problems
  readonly #special: Special
  /** Paths that a problem was told about: what the schema says about them and above them is an echo. */
  readonly bad: string[] = []

  constructor(problems: Problems, special: Special) {
    this.#problems = problems
    this.#special = special
  }

  value(outer: ZodType, node: Node, path: string): unknown {
    const special = this.#special(outer, node, path)
    if (special !== undefined) return special.value
    const { schema, def, nullable, layers } = unwrap(outer)
    if (node.kind === 'scalar') return this.#scalar(node, outer, nullable, layers, path)
    switch (def.type) {
      case 'union':
        return this.#branch(def, outer, node, path)
      case 'object':
        if (node.kind === 'map') return this.#object(schema, def, node, path)
        break
      case 'record':
        if (node.kind === 'map') return this.#record(def, node, path)
        break
      case 'array':
        if (node.kind === 'list') return node.items.map((item, i) => this.value(def.element as ZodType, item, join(path, i)))
        break
      case 'any':
      case 'unknown':
      case 'custom':
        this.hide(node)
        return free(node, path, (at, where, message) => this.#refuse(at, where, message))
    }
    return this.#wrongKind(node, outer, path)
  }

  #scalar(node: ScalarNode, schema: ZodType, nullable: boolean, layers: readonly ZodType[], path: string): unknown {
    if (node.text === MISSING) return this.#mute(path)
    const isPlain = layers.some((layer) => plainFields.has(layer)) || children(schema).some((option) => plainFields.has(option))
    if (isPlain && !node.secrets.some(({ isFile }) => isFile === true)) this.#problems.provenance.show(node)
    else this.#problems.hide(node, node.secrets)
    for (const layer of [...layers, ...children(schema)]) {
      const sentence = laterValues.get(layer)?.get(node.text)
      if (sentence !== undefined) return this.#refuse(node, path, sentence)
    }
    const read = typed(node, kinds(schema), nullable)
    if ('value' in read && typeof read.value !== 'string') this.#problems.provenance.bare(node)
    return 'message' in read ? this.#refuse(node, path, read.message) : read.value
  }

  #object(schema: ZodType, def: Def, node: MapNode, path: string): unknown {
    const shape = def.shape as Record<string, ZodType>
    const sooner = laterKeys.get(schema)
    const out = Object.create(null) as Record<string, unknown>
    let spilt = false
    if (node.partial === true) this.bad.push(path)
    // A `type` that comes later brings keys that are not known yet either: one sentence is enough.
    const type = node.entries.get('type')
    if (type !== undefined && Object.hasOwn(shape, 'type')) {
      const errors = this.#problems.errors
      out.type = this.value(shape.type as ZodType, type.value, join(path, 'type'))
      if (this.#problems.errors > errors) return this.#mute(path)
    }
    for (const [key, entry] of node.entries) {
      const here = join(path, key)
      if (Object.hasOwn(shape, key)) {
        if (!Object.hasOwn(out, key)) out[key] = this.value(shape[key] as ZodType, entry.value, here)
        continue
      }
      const other = def.catchall
      if (other !== undefined && unwrap(other).def.type !== 'never') {
        out[key] = this.value(other, entry.value, here)
        continue
      }
      this.hide(entry.value)
      const empty = entry.value.kind === 'scalar' && entry.value.style === 'empty'
      if (sooner?.has(key) === true) this.#refuse(entry, here, sooner.get(key) as string)
      else if (node.flow && empty) {
        // What one comma spilt is told once.
        if (!spilt) this.#refuse(entry, path, `unknown key \`${key}\`: an unquoted comma ended the value before it; quote the whole value`)
        else this.bad.push(path)
        spilt = true
      } else this.#refuse(entry, here, `unknown key \`${key}\`${remedy(key, Object.keys(shape), 'known here')}`)
    }
    return out
  }

  #record(def: Def, node: MapNode, path: string): unknown {
    const out = Object.create(null) as Record<string, unknown>
    for (const [key, entry] of node.entries) out[key] = this.value(def.valueType as ZodType, entry.value, join(path, key))
    return out
  }

  /** A map or a list where several shapes may stand: of the maps, the one with which it has most keys in common. */
  #branch(def: Def, schema: ZodType, node: MapNode | ListNode, path: string): unknown {
    // A text in braces that nobody quoted, where a text or a map may stand.
    if (node.kind === 'map' && node.flow && node.entries.size > 0 && isBraces(node) && kinds(schema).has('string'))
      return this.#refuse(node, path, indicatorSlip(node.source, node.offset, false, 'starts a map here'))
    let best: ZodType | undefined
    let most = -1
    for (const option of def.options as ZodType[]) {
      const inner = unwrap(option).def
      const fits = node.kind === 'list' ? ['array', 'any', 'unknown'] : ['object', 'record', 'any', 'unknown', 'union']
      if (!fits.includes(inner.type) || (inner.type === 'union' && node.kind === 'map' && !accepts(option, 'map'))) continue
      const shape = inner.type === 'object' ? (inner.shape as Record<string, ZodType>) : undefined
      const common =
        shape === undefined || node.kind === 'list' ? 0 : [...node.entries.keys()].filter((key) => Object.hasOwn(shape, key)).length
      if (common > most) {
        best = option
        most = common
      }
    }
    return best === undefined ? this.#wrongKind(node, schema, path) : this.value(best, node, path)
  }

  #wrongKind(node: MapNode | ListNode, schema: ZodType, path: string): unknown {
    const wanted = kinds(schema)
    const isText = wanted.has('string') || wanted.has('number') || wanted.has('boolean')
    if (node.kind === 'map' && node.flow && isText && isBraces(node)) {
      return this.#refuse(node, path, indicatorSlip(node.source, node.offset, false, 'starts a map here'))
    }
    return this.#refuse(node, path, `must be ${named(wanted)}, not a ${node.kind}`)
  }

  /** Nothing of an unread subtree may show either. */
  hide(node: Node): void {
    if (node.kind === 'scalar') this.#problems.hide(node, node.secrets)
    else if (node.kind === 'list') node.items.forEach((item) => this.hide(item))
    else for (const entry of node.entries.values()) this.hide(entry.value)
  }

  #refuse(node: Parameters<Problems['error']>[0], path: string, message: string): undefined {
    this.#problems.error(node, path, message)
    return this.#mute(path)
  }

  #mute(path: string): undefined {
    this.bad.push(path)
    return unread
  }
}

/** `{id}`: what was meant as text is a map of one empty key to YAML. */
const isBraces = ({ entries }: MapNode): boolean =>
  [...entries.values()].every(({ value }) => value.kind === 'scalar' && value.style === 'empty')

const accepts = (schema: ZodType, kind: 'map' | 'list'): boolean => kinds(schema).has(kind)
