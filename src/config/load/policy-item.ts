// Reads one item of a list of policies. Its options are judged here, by the schema of its kind.
import type { ZodType } from 'zod'
import type { Policy } from '../../pipeline/policy.ts'
import type { PluginKind } from '../../plugins/plugin.ts'
import type { PolicyRegistry } from '../../pipeline/registry.ts'
import { LATER_KINDS, type PolicyItem } from '../schema/policies.ts'
import { notYet } from '../schema/marks.ts'
import { join, type MapNode, type Node, type Place } from './node.ts'
import type { Problems } from './problems.ts'
import { remedy } from './suggest.ts'
import { MISSING } from './yaml.ts'

/** What the names under `plugins` are; `unknown` for one that could not be loaded, as has been told. */
export type PluginKinds = Map<string, PluginKind | 'unknown'>

/** What it takes to read one: `reader.ts` is it. */
export interface ItemReader {
  readonly problems: Problems
  readonly registry: PolicyRegistry
  readonly plugins: PluginKinds
  read<T>(schema: ZodType<T>, node: Node, path: string): { readonly value: T } | undefined
  hide(node: Node): void
}

/** The item, or undefined when a problem was told. */
export function readPolicyItem(node: Node, path: string, reader: ItemReader): PolicyItem | undefined {
  if (node.kind === 'map') return keyed(node, path, reader)
  reader.hide(node)
  if (node.kind === 'scalar' && node.style !== 'empty') return node.text === MISSING ? undefined : bare(node, node.text, path, reader)
  const forms = '`kind`, `kind: options` or `set: name`'
  reader.problems.error(
    node,
    path,
    node.kind === 'list' ? `must be a policy (${forms}), not a list` : `is empty; write a policy (${forms}) or remove the \`-\``,
  )
  return undefined
}

function bare(node: Node, kind: string, path: string, reader: ItemReader): PolicyItem | undefined {
  const policy = known(node, kind, path, reader)
  if (policy === undefined) return undefined
  if (policy.bare) return { kind, options: undefined, path }
  reader.problems.error(node, path, `\`${kind}\` does not stand bare; say its options: \`${kind}: …\``)
  return undefined
}

function keyed(node: MapNode, path: string, reader: ItemReader): PolicyItem | undefined {
  const [first, second] = [...node.entries]
  if (first === undefined && node.partial === true) return undefined
  if (first === undefined) {
    reader.problems.error(node, path, 'is empty; write a policy or remove it')
    return undefined
  }
  const [kind, entry] = first
  const here = join(path, kind)
  if (second !== undefined) {
    // Options that were indented too little are the usual cause.
    reader.problems.error(
      second[1],
      join(path, second[0]),
      `one policy an item: indent \`${second[0]}\` below \`${kind}\`, or begin an item of its own with \`-\``,
    )
    for (const each of node.entries.values()) reader.hide(each.value)
    return undefined
  }
  if (kind === 'set') {
    reader.hide(entry.value)
    if (entry.value.kind === 'scalar' && entry.value.style !== 'empty')
      return entry.value.text === MISSING ? undefined : { set: entry.value.text, path }
    reader.problems.error(entry.value, here, 'must be the name of a set')
    return undefined
  }
  const policy = known(entry, kind, here, reader)
  if (policy === undefined) {
    reader.hide(entry.value)
    return undefined
  }
  if (entry.value.kind === 'scalar' && entry.value.style === 'empty') {
    // A body that was commented out must not open a door.
    const remove = policy.bare ? `write \`${kind}\` without a colon to use it as it is` : 'say its options, or remove it'
    reader.problems.error(entry, here, `\`${kind}:\` is empty; ${remove}`)
    return undefined
  }
  const read = reader.read(policy.schema, entry.value, here)
  return read === undefined ? undefined : { kind, options: read.value, path: here }
}

function known(at: Place, kind: string, path: string, { problems, registry, plugins }: ItemReader): Policy | undefined {
  const policy = registry.get(kind)
  if (policy !== undefined) return policy
  const plugin = plugins.get(kind)
  if (plugin === 'unknown') return undefined
  const why = LATER_KINDS.get(kind)
  problems.error(
    at,
    path,
    plugin !== undefined
      ? `\`${kind}\` is a plugin of another kind: ${plugin}`
      : why === undefined
        ? `there is no policy \`${kind}\`${remedy(kind, registry.kinds(), 'there are')}`
        : notYet(kind, why),
  )
  return undefined
}
