// `--set a.b=c`: values of the command line, put over what the files say. `\.` is a dot inside a name; the value is read like YAML.
import { type Entry, type MapNode, type Node, type Source } from './node.ts'
import { Problems } from './problems.ts'
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
    if (steps[0] === 'include') {
      problems.error(place, 'include', 'files are included by files; name more of them with `--config`')
      continue
    }
    const path = steps.join('.')
    const { value, messages } = readValue(set.slice(equals + 1), source)
    for (const message of messages) problems.error(place, path, message)
    if (value !== undefined && !put(root, steps, { ...place, value }))
      problems.error(place, path, '`--set` goes into maps; a list is set whole, for example `[a, b]`')
  }
}

/** The value, in a document of its own; nothing is interpolated: the shell has done that. */
function readValue(text: string, source: Source): { value: Node | undefined; messages: readonly string[] } {
  const problems = new Problems()
  const document: Source = { ...source, text: `value: ${text.replaceAll('${', () => '$${')}` }
  const tree = readYaml(document, { env: {}, readFile: () => ({ message: 'is not read here' }) }, problems)
  // The key of that document is ours, not the user's.
  return { value: tree?.entries.get('value')?.value, messages: problems.list().map(({ message }) => message.replace('  value: ', '  ')) }
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
