// Reads one item of the access log's sinks: one of the gateway's own, or one of a plugin, whose options its own schema judges.
import type { ZodType } from 'zod'
import type { Sink } from '../../telemetry/sinks/sink.ts'
import type { PluginSinkPlan } from '../plan.ts'
import { sink, SINK_NAMES, type SinkItem } from '../schema/telemetry.ts'
import { type MapNode, type Node, placeAt } from './node.ts'
import type { PluginKinds } from './policy-item.ts'
import type { Problems } from './problems.ts'
import { remedy } from './suggest.ts'
import { MISSING } from './yaml.ts'

/** A sink that a plugin brings. */
export interface PluginSink {
  readonly sink: Sink
  /** All of its plan but the options. */
  readonly plan: Omit<PluginSinkPlan, 'options'>
}

/** What it takes to read one: `reader.ts` is it. */
export interface SinkReader {
  readonly problems: Problems
  readonly sinks: ReadonlyMap<string, PluginSink>
  readonly plugins: PluginKinds
  hide(node: Node): void
  read<T>(schema: ZodType<T>, node: Node, path: string): { readonly value: T } | undefined
}

/** The item, or undefined when a problem was told. */
export function readSinkItem(node: Node, path: string, reader: SinkReader): SinkItem | undefined {
  const type = typeOf(node)
  const plugin = type === undefined ? undefined : reader.sinks.get(type)
  if (type !== undefined && plugin === undefined && !SINK_NAMES.has(type) && type !== MISSING && node.kind !== 'list')
    return unknown(node, type, path, reader)
  if (type === undefined || plugin === undefined) return reader.read(sink, node, path)?.value
  if (node.kind !== 'map') {
    if (plugin.sink.bare) return { plugin: type, options: plugin.sink.schema.parse({}) }
    reader.problems.error(node, path, `\`${type}\` does not stand bare; write \`type: ${type}\` and its options`)
    return undefined
  }
  const read = reader.read(plugin.sink.schema, withoutType(node), path)
  return read === undefined ? undefined : { plugin: type, options: read.value }
}

function unknown(node: Node, type: string, path: string, reader: SinkReader): undefined {
  const { problems, plugins, sinks } = reader
  reader.hide(node)
  const plugin = plugins.get(type)
  if (plugin === 'unknown') return
  const message =
    plugin === undefined
      ? `there is no sink \`${type}\`${remedy(type, ['stdout', 'file', ...sinks.keys()], 'there are')}`
      : `\`${type}\` is a plugin of another kind: ${plugin}`
  problems.error(node.kind === 'map' ? placeAt(node, ['type']) : node, path, message)
}

function typeOf(node: Node): string | undefined {
  const named = node.kind === 'map' ? node.entries.get('type')?.value : node
  return named?.kind === 'scalar' && named.style !== 'empty' ? named.text : undefined
}

function withoutType(node: MapNode): MapNode {
  const entries = new Map(node.entries)
  entries.delete('type')
  return { ...node, entries }
}
