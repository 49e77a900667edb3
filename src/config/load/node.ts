// The tree that every configuration text becomes before a schema looks at it: scalars keep their source text, and everything its place.

/** One text that was read: a file, stdin or a `--set`. */
export interface Source {
  /** As shown in messages. */
  readonly file: string
  /** What relative paths in it start from; absolute. */
  readonly folder: string
  readonly text: string
  /** Not a file: messages name no line in it. */
  readonly isArgument?: true
}

/** Where something stands. An offset of -1 means the whole text. */
export interface Place {
  readonly source: Source
  readonly offset: number
}

/** A piece of a scalar that came from outside the file: it is masked in every output unless its field is plain. */
export interface Secret {
  readonly name: string
  readonly value: string
  /** From `${file:…}`, or the user part of a URL: masked in plain fields as well. */
  readonly isFile?: true
}

export interface ScalarNode extends Place {
  readonly kind: 'scalar'
  /** The text after interpolation, before any typing: `0123` stays `0123`. */
  readonly text: string
  /** `empty`: nothing stands after the colon. `whole`: the scalar is one interpolation and takes the type that its key wants. */
  readonly style: 'plain' | 'quoted' | 'empty' | 'whole'
  readonly secrets: readonly Secret[]
}

export interface ListNode extends Place {
  readonly kind: 'list'
  readonly items: readonly Node[]
  readonly end: number
}

export interface MapNode extends Place {
  readonly kind: 'map'
  /** Mutable while files are united, never afterwards. A Map, so that no name is special. */
  readonly entries: Map<string, Entry>
  /** Written as `{…}`. */
  readonly flow: boolean
  /** Something that it holds could not be read, and was told: what is missing in it is nobody's second mistake. */
  readonly partial?: boolean
  readonly end: number
}

/** One key of a map, with the key's own place. */
export interface Entry extends Place {
  readonly value: Node
}

export type Node = ScalarNode | ListNode | MapNode

/** Line and column, both from 1; 0 and 0 for the whole text. */
export function position(place: Place): { line: number; column: number } {
  if (place.offset < 0 || place.source.isArgument === true) return { line: 0, column: 0 }
  const { text } = place.source
  const starts = lineStarts(place.source)
  const offset = Math.min(place.offset, text.length)
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] as number) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] as number) + 1 }
}

/** `path` with one more step: `routes.product`, `policies.0`. */
export const join = (path: string, step: string | number): string => (path === '' ? `${step}` : `${path}.${step}`)

/** The node at `steps` below `node`, or the nearest above it that is written: where a message about it belongs. */
export function placeAt(node: Node, steps: readonly PropertyKey[]): Place {
  let at = node
  for (const step of steps) {
    const next = at.kind === 'map' ? at.entries.get(String(step))?.value : at.kind === 'list' ? at.items[Number(step)] : undefined
    if (next === undefined) break
    at = next
  }
  return at
}

const startsOf = new WeakMap<Source, number[]>()

function lineStarts(source: Source): number[] {
  let starts = startsOf.get(source)
  if (starts === undefined) {
    starts = [0]
    for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1)
    startsOf.set(source, starts)
  }
  return starts
}
