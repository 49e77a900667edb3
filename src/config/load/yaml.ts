// YAML (and JSON, which is a part of it) read into our tree: no tags, no merge keys, no duplicate keys, aliases resolved within a bound.
// Scalars keep their text; only the schema says later what they are.
import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, type Document, type Scalar } from 'yaml'
import { interpolate, type Origins } from './interpolate.ts'
import { join, position, type Entry, type ListNode, type MapNode, type Node, type Place, type ScalarNode, type Source } from './node.ts'
import type { Problems } from './problems.ts'
import { userParts } from './user-part.ts'
import { indicatorSlip, nulSlip, syntaxSlip } from './slips.ts'

/** Nodes that all aliases of one file may add: 10,000 routes that share a list of ten stay far below, a bomb is beyond it at once. */
const ALIASED_NODES = 250_000
const DEPTH = 64

/** The file's tree; undefined when it is not YAML at all (the problems say why) or holds nothing. */
export function readYaml(source: Source, origins: Origins, problems: Problems): MapNode | undefined {
  const nul = nulSlip(source.text)
  if (nul !== undefined) {
    problems.error({ source, offset: nul.offset }, '', nul.message)
    return undefined
  }
  let document: Document.Parsed
  try {
    // 'failsafe' types nothing. Duplicates are found below: the parser's own check is quadratic.
    document = parseDocument(source.text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, merge: false })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    problems.error({ source, offset: 0 }, '', `nested deeper than ${DEPTH} levels`)
    return undefined
  }
  const first = document.errors[0]
  if (first !== undefined) {
    // One wrong character makes the parser stumble over all that follows: the first error is the one that helps.
    const slip = syntaxSlip(source, first.code, first.pos[0], first.message)
    problems.error({ source, offset: slip.offset }, slip.value === undefined ? '' : pathAt(document.contents, slip.value), slip.message)
    return undefined
  }
  for (const warning of document.warnings) {
    if (warning.code !== 'TAG_RESOLVE_FAILED') problems.error({ source, offset: warning.pos[0] }, '', warning.message)
  }
  const root = document.contents as unknown
  if (root === null || (isScalar(root) && textOf(root) === ''))
    return { kind: 'map', entries: new Map(), flow: false, source, offset: 0, end: 0 }
  if (!isMap(root)) {
    problems.error({ source, offset: 0 }, '', 'a configuration is a map of sections: `routes:`, `services:`, …')
    return undefined
  }
  const tree = new Reader(source, origins, problems).node(root, '', 0, false)
  // A tag before the first key stands for the whole map, and has been told.
  return tree.kind === 'map' ? tree : undefined
}

class Reader {
  readonly #source: Source
  readonly #origins: Origins
  readonly #problems: Problems
  /** Undefined while the anchored node is being read: an alias inside it would be endless. */
  readonly #anchors = new Map<string, { node: Node; size: number } | undefined>()
  #aliased = 0
  #count = 0

  constructor(source: Source, origins: Origins, problems: Problems) {
    this.#source = source
    this.#origins = origins
    this.#problems = problems
  }

  node(yaml: unknown, path: string, depth: number, flow: boolean, fallback = 0): Node {
    if (depth > DEPTH) {
      const place = this.#place(yaml, fallback)
      this.#problems.error(place, path, `nested deeper than ${DEPTH} levels`)
      return missing(place)
    }
    if (isAlias(yaml)) return this.#alias(yaml.source, this.#place(yaml, fallback), path, flow)
    const anchor = isScalar(yaml) || isMap(yaml) || isSeq(yaml) ? yaml.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    const before = this.#count++
    const node = this.#fresh(yaml, path, depth, flow, fallback)
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size: this.#count - before })
    return node
  }

  #fresh(yaml: unknown, path: string, depth: number, flow: boolean, fallback: number): Node {
    if ((isScalar(yaml) || isMap(yaml) || isSeq(yaml)) && yaml.tag !== undefined) return this.#tag(yaml.range?.[0] ?? fallback, path, flow)
    if (isScalar(yaml)) return this.#scalar(yaml, path, fallback)
    if (isMap(yaml)) return this.#map(yaml, path, depth)
    if (isSeq(yaml)) return this.#list(yaml, path, depth)
    return this.#empty(fallback)
  }

  #map(yaml: { items: unknown[]; flow?: boolean; range?: [number, number, number] | null }, path: string, depth: number): MapNode {
    const entries = new Map<string, Entry>()
    const flow = yaml.flow === true
    let partial = false
    for (const pair of yaml.items) {
      if (!isPair(pair)) continue
      const place = this.#place(pair.key, yaml.range?.[0] ?? 0)
      const key = isScalar(pair.key) ? textOf(pair.key) : undefined
      const problem = keyProblem(key)
      if (key === undefined || problem !== undefined) {
        this.#problems.error(place, path, problem as string)
        partial ||= key === MERGE
        continue
      }
      const here = join(path, key)
      const twin = entries.get(key)
      if (twin !== undefined) {
        const { line, column } = position(twin)
        this.#problems.error(place, here, `\`${key}\` stands twice in this map, first at ${twin.source.file}:${line}:${column}`)
      }
      const value = this.node(pair.value, here, depth + 1, flow, place.offset)
      if (twin === undefined) entries.set(key, { ...place, value })
    }
    const end = yaml.range?.[1] ?? 0
    return { kind: 'map', entries, flow, partial, source: this.#source, offset: yaml.range?.[0] ?? 0, end }
  }

  #list(yaml: { items: unknown[]; flow?: boolean; range?: [number, number, number] | null }, path: string, depth: number): ListNode {
    const offset = yaml.range?.[0] ?? 0
    const items = yaml.items.map((item, i) => this.node(item, join(path, i), depth + 1, yaml.flow === true, offset))
    return { kind: 'list', items, source: this.#source, offset, end: yaml.range?.[1] ?? 0 }
  }

  #scalar(yaml: Scalar, path: string, fallback: number): ScalarNode {
    const text = textOf(yaml)
    const plain = yaml.type === 'PLAIN'
    if (plain && text === '') return this.#empty(fallback)
    const place = this.#place(yaml, fallback)
    if (!text.includes('${')) return { kind: 'scalar', text, style: plain ? 'plain' : 'quoted', secrets: userParts(text), ...place }
    const put = interpolate(text, this.#origins)
    if ('messages' in put) {
      for (const message of put.messages) this.#problems.error(place, path, message)
      return missing(place)
    }
    const style = put.secrets.length === 0 && plain ? 'plain' : put.whole ? 'whole' : 'quoted'
    return { kind: 'scalar', text: put.text, style, secrets: [...put.secrets, ...userParts(put.text)], ...place }
  }

  #alias(name: string, place: Place, path: string, flow: boolean): Node {
    const anchor = this.#anchors.get(name)
    if (anchor !== undefined) {
      this.#aliased += anchor.size
      if (this.#aliased <= ALIASED_NODES) {
        this.#count += anchor.size
        return anchor.node
      }
      if (this.#aliased - anchor.size <= ALIASED_NODES) {
        this.#problems.error(
          place,
          path,
          `the aliases of this file stand for more than ${ALIASED_NODES} values; write it without so many of them`,
        )
      }
    } else if (this.#anchors.has(name)) this.#problems.error(place, path, `\`*${name}\` stands inside what it refers to`)
    else
      this.#problems.error(
        place,
        path,
        `no \`&${name}\` stands above: ${indicatorSlip(this.#source, place.offset, flow, 'begins a YAML alias')}`,
      )
    return missing(place)
  }

  #tag(valueAt: number, path: string, flow: boolean): ScalarNode {
    const { text } = this.#source
    let offset = text.lastIndexOf('!', valueAt - 1)
    if (offset === -1) offset = valueAt
    while (offset > 0 && !/[\s[{,]/.test(text[offset - 1] as string)) offset--
    const place = { source: this.#source, offset }
    this.#problems.error(place, path, indicatorSlip(this.#source, offset, flow, 'begins a YAML tag'))
    return missing(place)
  }

  #place(yaml: unknown, fallback: number): Place {
    const range = isScalar(yaml) || isMap(yaml) || isSeq(yaml) || isAlias(yaml) ? yaml.range : undefined
    return { source: this.#source, offset: range?.[0] ?? fallback }
  }

  #empty(offset: number): ScalarNode {
    return { kind: 'scalar', text: '', style: 'empty', secrets: NONE, source: this.#source, offset }
  }
}

const NONE: readonly never[] = []

/** The text of a scalar that a problem was already told about. No file can hold it: YAML refuses NUL. */
export const MISSING = '\0missing'

const MERGE = '<<'

/** Stands for what could not be read, so that the schema does not complain a second time. */
const missing = (place: Place): ScalarNode => ({ kind: 'scalar', text: MISSING, style: 'whole', secrets: NONE, ...place })

function keyProblem(key: string | undefined): string | undefined {
  if (key === undefined) return 'a key is a text, not a list, a map or an alias'
  if (key === '') return 'a key is missing before the colon'
  if (key === MERGE) return 'merge keys (`<<`) are not read; say what is shared under `defaults` or `policySets`, or repeat it'
  if (key === '__proto__') return '`__proto__` cannot be a key'
  return undefined
}

function textOf(scalar: Scalar): string {
  return typeof scalar.value === 'string' ? scalar.value : ''
}

/** The path of the innermost key whose value covers `offset`, in whatever the parser made of a broken file. */
function pathAt(root: unknown, offset: number): string {
  let path = ''
  let node = root
  for (let depth = 0; depth < DEPTH; depth++) {
    let next: unknown
    if (isMap(node)) {
      // The last key before the offset: a value cut short by the error may end before it.
      const pair = node.items.findLast((item) => isScalar(item.key) && (item.key.range?.[0] ?? Infinity) < offset)
      if (pair === undefined || !isScalar(pair.key)) return path
      path = join(path, textOf(pair.key))
      next = pair.value
    } else if (isSeq(node)) {
      const index = node.items.findLastIndex((item) => ((item as { range?: number[] }).range?.[0] ?? Infinity) <= offset)
      if (index === -1) return path
      path = join(path, index)
      next = node.items[index]
    } else return path
    node = next
  }
  return path
}
