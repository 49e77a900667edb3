// The effective configuration as YAML: files united, values put in, `x-` and `include` gone, secrets masked by where they came from. What it
// prints, without masks, loads to the same plan.
import { resolve } from 'node:path'
import { masked } from '../load/mask.ts'
import { join, type MapNode, type Node, type ScalarNode, type Secret, position } from '../load/node.ts'
import type { Provenance } from '../load/provenance.ts'
import { MISSING } from '../load/yaml.ts'
import { DEFAULT_VALUES, type DefaultValue } from './default-values.ts'
import { lines, type Out } from './yaml-text.ts'

export interface PrintOptions {
  /** Says what is not said, with the reason. */
  readonly defaults: boolean
  /** Says where each value stands. */
  readonly origins: boolean
}

export interface Printed {
  readonly yaml: string
  /** The same as plain data; every scalar that YAML would read as a text is one. */
  readonly json: unknown
}

/** The order of the documents. */
const SECTIONS: readonly string[] =
  'version state listeners client admin probes workers limits timeouts services plugins policySets defaults unmatched routes telemetry'.split(
    ' ',
  )

/** What some reader of YAML takes for something else than a text. */
const NO_TEXT = /^(?:[-+.~\d].*|true|false|null|yes|no|on|off|y|n)?$/i

export interface PrintInput {
  readonly provenance: Provenance
  /** Keys whose values are code, which a file cannot say. */
  readonly code: ReadonlySet<string>
  /** What paths in the first file are relative to. */
  readonly folder: string
  readonly options: PrintOptions
}

export function printConfig(root: MapNode, { provenance, code, folder, options }: PrintInput): Printed {
  const reader = new Masking(provenance, code, folder, options.origins)
  const entries = new Map<string, Out>()
  const known = new Set(SECTIONS)
  for (const name of [...SECTIONS, ...[...root.entries.keys()].filter((key) => !known.has(key))]) {
    const entry = root.entries.get(name)
    if (entry !== undefined && name !== 'include') entries.set(name, reader.out(entry.value, name))
  }
  const tree = { kind: 'map', entries } as const
  if (options.defaults) addDefaults(tree)
  const sorted = new Map([...tree.entries].toSorted(([a], [b]) => rank(a) - rank(b)))
  return { yaml: `${lines({ kind: 'map', entries: sorted }, 0).join('\n')}\n`, json: plain({ kind: 'map', entries: sorted }) }
}

const rank = (name: string): number => (SECTIONS.includes(name) ? SECTIONS.indexOf(name) : SECTIONS.length)

class Masking {
  readonly #provenance: Provenance
  readonly #code: ReadonlySet<string>
  readonly #folder: string
  readonly #origins: boolean

  constructor(provenance: Provenance, code: ReadonlySet<string>, folder: string, origins: boolean) {
    this.#provenance = provenance
    this.#code = code
    this.#folder = folder
    this.#origins = origins
  }

  out(node: Node, path: string): Out {
    if (node.kind === 'list') return { kind: 'list', items: node.items.map((item, i) => this.out(item, join(path, i))) }
    if (node.kind === 'map')
      return { kind: 'map', entries: new Map([...node.entries].map(([key, { value }]) => [key, this.out(value, join(path, key))])) }
    if (this.#code.has(path))
      return { kind: 'comment', comment: `${path.slice(path.lastIndexOf('.') + 1)}: is code in ${node.source.file}` }
    const text = this.#text(node, path)
    return { kind: 'scalar', text, quoted: this.#isQuoted(node, text), comment: this.#origins ? originOf(node) : '' }
  }

  /** One interpolation takes the type that its key wanted, and may not take another one now. */
  #isQuoted(node: ScalarNode, text: string): boolean {
    if (node.style !== 'whole') return node.style === 'quoted'
    return !this.#provenance.isBare(node) && NO_TEXT.test(text)
  }

  #text(node: ScalarNode, path: string): string {
    const text = this.#moved(node.text === MISSING ? '' : node.text, node, path)
    if (node.secrets.every(({ value }) => value === '') || this.#provenance.mayShow(node)) return text
    // The text around a secret tells nothing, and is masked with it.
    return masked((node.secrets.find(({ value }) => value !== '') as Secret).name)
  }

  /** Paths are relative to the file that names them: those of other folders are made absolute. */
  #moved(text: string, { source }: ScalarNode, path: string): string {
    const isPath = path === 'state' || /^plugins\.[^.]+$/.test(path)
    return isPath && source.folder !== '' && source.folder !== this.#folder ? resolve(source.folder, text) : text
  }
}

function originOf(node: ScalarNode): string {
  const { line } = position(node)
  return line === 0 ? node.source.file : `${node.source.file}:${line}`
}

function addDefaults({ entries }: { readonly entries: Map<string, Out> }): void {
  const hasListeners = entries.has('listeners')
  for (const { path, value, reason } of DEFAULT_VALUES) {
    if (hasListeners && path.startsWith('listeners.web.')) continue
    for (const steps of places(entries, path.split('.')))
      if (find(entries, steps) === undefined) put(entries, steps, said(value, steps, reason))
  }
}

function said(value: DefaultValue['value'], steps: readonly string[], reason: string): Out {
  const scalar = (text: string, comment: string): Out => ({ kind: 'scalar', text, quoted: false, comment })
  if (value === undefined) return { kind: 'comment', comment: `${steps.at(-1)}: ${reason}` }
  if (typeof value === 'string') return scalar(value, reason)
  return { kind: 'list', items: value.map((each, i) => scalar(each, i === 0 ? reason : '')) }
}

/** Where a default belongs: with a `*` in each of the maps that are there. */
function places(entries: ReadonlyMap<string, Out>, steps: readonly string[]): (readonly string[])[] {
  const star = steps.indexOf('*')
  if (star === -1) return [steps]
  const above = find(entries, steps.slice(0, star))
  if (above?.kind !== 'map') return []
  return [...above.entries.keys()].map((name) => steps.with(star, name)).filter((each) => find(entries, each.slice(0, -1))?.kind === 'map')
}

function find(entries: ReadonlyMap<string, Out>, [first = '', ...rest]: readonly string[]): Out | undefined {
  const found = entries.get(first)
  if (found === undefined || rest.length === 0) return found
  return found.kind === 'map' ? find(found.entries, rest) : undefined
}

function put(entries: Map<string, Out>, [first = '', ...rest]: readonly string[], value: Out): void {
  if (rest.length === 0) return void entries.set(first, value)
  let next = entries.get(first)
  if (next === undefined) entries.set(first, (next = { kind: 'map', entries: new Map() }))
  if (next.kind === 'map') put(next.entries, rest, value)
}

function plain(out: Out): unknown {
  switch (out.kind) {
    case 'comment':
      return undefined
    case 'scalar':
      return !out.quoted && /^(?:-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?|true|false|null)$/.test(out.text)
        ? (JSON.parse(out.text) as unknown)
        : out.text
    case 'list':
      return out.items.map(plain)
    case 'map':
      return Object.fromEntries([...out.entries].flatMap(([key, value]) => (value.kind === 'comment' ? [] : [[key, plain(value)]])))
    default:
      return out satisfies never
  }
}
