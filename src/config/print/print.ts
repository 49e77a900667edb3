// The effective configuration as YAML: files united, values put in, `x-` and `include` gone, secrets masked by where they came from. What it
// prints, without masks, loads to the same plan.
import { dirname, resolve } from 'node:path'
import { join, type MapNode, type Node, type ScalarNode, position } from '../load/node.ts'
import { MISSING } from '../load/yaml.ts'
import { DEFAULT_VALUES } from './default-values.ts'

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

/** A tree with comments. */
type Out =
  | { readonly kind: 'scalar'; readonly text: string; readonly quoted: boolean; readonly comment: string }
  | { readonly kind: 'list'; readonly items: readonly Out[] }
  | { readonly kind: 'map'; readonly entries: Map<string, Out> }
  | { readonly kind: 'comment'; readonly comment: string }

/** `isPlain`: may the scalar be shown whatever it came from? `folder`: what paths in the first file are relative to. */
export function printConfig(
  root: MapNode,
  { isPlain, folder, options }: { isPlain: (node: ScalarNode) => boolean; folder: string; options: PrintOptions },
): Printed {
  const reader = new Masking(isPlain, folder, options.origins)
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
  readonly #isPlain: (node: ScalarNode) => boolean
  readonly #folder: string
  readonly #origins: boolean

  constructor(isPlain: (node: ScalarNode) => boolean, folder: string, origins: boolean) {
    this.#isPlain = isPlain
    this.#folder = folder
    this.#origins = origins
  }

  out(node: Node, path: string): Out {
    if (node.kind === 'list') return { kind: 'list', items: node.items.map((item, i) => this.out(item, join(path, i))) }
    if (node.kind === 'map')
      return { kind: 'map', entries: new Map([...node.entries].map(([key, { value }]) => [key, this.out(value, join(path, key))])) }
    return { kind: 'scalar', text: this.#text(node, path), quoted: node.style === 'quoted', comment: this.#origins ? originOf(node) : '' }
  }

  #text(node: ScalarNode, path: string): string {
    const text = this.#moved(node.text === MISSING ? '' : node.text, node, path)
    if (node.secrets.length === 0 || this.#isPlain(node)) return text
    // Longest first, so that a secret that contains another one is masked whole.
    const secrets = node.secrets.filter(({ value }) => value !== '').toSorted((a, b) => b.value.length - a.value.length)
    return secrets.reduce((masked, { name, value }) => masked.replaceAll(value, `«secret ${name}»`), text)
  }

  /** Paths are relative to the file that names them: those of other folders are made absolute. */
  #moved(text: string, { source }: ScalarNode, path: string): string {
    const isPath = path === 'state' || /^plugins\.[^.]+$/.test(path)
    return isPath && source.folder !== '' && source.folder !== this.#folder && dirname(text) !== '' ? resolve(source.folder, text) : text
  }
}

function originOf(node: ScalarNode): string {
  const { line } = position(node)
  return line === 0 ? node.source.file : `${node.source.file}:${line}`
}

function addDefaults({ entries }: { readonly entries: Map<string, Out> }): void {
  const has = (path: string): boolean => find(entries, path.split('.')) !== undefined
  const skipped = new Set<string>()
  if (has('listeners')) skipped.add('listeners')
  for (const { path, value, reason } of DEFAULT_VALUES) {
    const steps = path.split('.')
    if (skipped.has(steps[0] as string) || has(path)) continue
    const scalar = (text: string): Out => ({ kind: 'scalar', text, quoted: false, comment: reason })
    const out: Out =
      value === undefined
        ? { kind: 'comment', comment: `${steps.at(-1)}: ${reason}` }
        : typeof value === 'string'
          ? scalar(value)
          : {
              kind: 'list',
              items: value.map((each, i) => (i === 0 ? scalar(each) : { kind: 'scalar', text: each, quoted: false, comment: '' })),
            }
    put(entries, steps, out)
  }
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

function lines(out: Out, depth: number): string[] {
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

const note = ({ comment }: { readonly comment: string }): string => (comment === '' ? '' : `  # ${comment}`)

const scalarText = ({ text, quoted }: { readonly text: string; readonly quoted: boolean }): string =>
  // What looks like an interpolation is none any more.
  quotedWhereNeeded(
    text.replaceAll('${', () => '$${'),
    quoted,
  )

/** Without quotes where YAML reads the text as it stands; JSON's quotes are YAML's as well. */
const quotedWhereNeeded = (text: string, quoted: boolean): string =>
  // oxlint-disable-next-line no-control-regex -- what needs an escape
  !quoted && /^[\w/.«][^\0-\x1f\x7f-\x9f\u2028\u2029\ufeff]*$/.test(text) && !/: |:$| #| $/.test(text) ? text : JSON.stringify(text)

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
