// `--set a.b=c`: values of the command line, put over what the files say. `\.` is a dot inside a name; the value is read like YAML.
import { type Entry, type MapNode, type Node, type Source } from './node.ts'
import type { Problems } from './problems.ts'
import { readYaml } from './yaml.ts'

export function override(root: MapNode, sets: readonly string[], problems: Problems): void {
  for (const set of sets) {
    const source: Source = { file: `--set ${set.slice(0, Math.max(0, set.indexOf('=')))}`, folder: '', text: set, isArgument: true }
    const place = { source, offset: -1 }
    const equals = set.indexOf('=')
    const steps = set
      .slice(0, Math.max(0, equals))
      .split(/(?<!\\)\./)
      .map((step) => step.replaceAll('\\.', '.'))
    if (equals < 1 || steps.some((step) => step === '' || step === '__proto__')) {
      problems.error(
        { source: { ...source, file: '--set' }, offset: -1 },
        '',
        `\`${set}\` is not understood; write \`--set limits.body=10MiB\``,
      )
      continue
    }
    const value = readValue(set.slice(equals + 1), source, problems)
    if (value !== undefined && !put(root, steps, { ...place, value }))
      problems.error(place, steps.join('.'), '`--set` goes into maps; a list is set whole, for example `[a, b]`')
  }
}

/** The value, in a document of its own; nothing is interpolated: the shell has done that. */
function readValue(text: string, source: Source, problems: Problems): Node | undefined {
  const written: Source = { ...source, text: `value: ${text}` }
  const escaped: Source = { ...written, text: written.text.replaceAll('${', () => '$${') }
  const tree = readYaml(escaped, { env: {}, readFile: () => ({ message: '' }) }, problems)
  return tree?.entries.get('value')?.value
}

/** Sets the entry at `steps`, making maps on the way; false when a list or a scalar stands there. */
function put(root: MapNode, steps: readonly string[], entry: Entry): boolean {
  let map = root
  for (const step of steps.slice(0, -1)) {
    const below = map.entries.get(step) ?? {
      ...entry,
      value: { kind: 'map', entries: new Map(), flow: false, source: entry.source, offset: 0, end: 0 },
    }
    if (below.value.kind !== 'map') return false
    // A copy: an alias may share the map with others, and nobody set anything there.
    const value: MapNode = { ...below.value, entries: new Map(below.value.entries) }
    map.entries.set(step, { ...below, value })
    map = value
  }
  map.entries.set(steps.at(-1) as string, entry)
  return true
}
