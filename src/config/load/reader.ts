// Reads a node by a schema: first the tree is typed (`coerce.ts`), then the schema judges, and whatever either finds is told in one voice.
import type { ZodType } from 'zod'
import type { PolicyRegistry } from '../../pipeline/registry.ts'
import { policyItem } from '../schema/policies.ts'
import { sinkItem } from '../schema/telemetry.ts'
import { Coercion, type Special } from './coerce.ts'
import { tell } from './issues.ts'
import { join, placeAt, type Node } from './node.ts'
import { type PluginKinds, readPolicyItem } from './policy-item.ts'
import type { Problems } from './problems.ts'
import { salvage } from './salvage.ts'
import { type PluginSink, readSinkItem } from './sink-item.ts'

export class SchemaReader {
  readonly problems: Problems
  readonly registry: PolicyRegistry
  readonly plugins: PluginKinds
  /** Sinks that plugins bring. */
  readonly sinks: ReadonlyMap<string, PluginSink>
  readonly #special: Special

  constructor(problems: Problems, registry: PolicyRegistry, plugins: PluginKinds = new Map(), sinks: SchemaReader['sinks'] = new Map()) {
    this.plugins = plugins
    this.sinks = sinks
    this.problems = problems
    this.registry = registry
    this.#special = (schema, node, path) => {
      if (schema === policyItem) return { value: readPolicyItem(node, path, this) }
      return schema === sinkItem ? { value: readSinkItem(node, path, this) } : undefined
    }
  }

  /** The value as the schema makes it; undefined when it could not be read whole. (A policy that could not is left out of its list.) */
  read<T>(schema: ZodType<T>, node: Node, path: string): { readonly value: T } | undefined {
    return this.readParts(schema, undefined, node, path)
  }

  /** The same, or what `parts` makes of the rest where it could not be read whole; `bad`: the paths of what could not. */
  readParts<T, P = T>(
    schema: ZodType<T>,
    parts: ZodType<P> | undefined,
    node: Node,
    path: string,
  ): { readonly value: T | P; readonly bad: readonly string[] } | undefined {
    const coercion = new Coercion(this.problems, this.#special)
    const input = coercion.value(schema, node, path)
    if (coercion.bad.includes(path)) return undefined
    const result = schema.safeParse(input, { reportInput: true })
    const bad = [...coercion.bad]
    if (!result.success) {
      for (const { steps, message } of result.error.issues.flatMap(tell)) {
        const where = steps.reduce<string>((at, step) => join(at, String(step)), path)
        bad.push(where)
        if (!coercion.bad.some((each) => overlaps(each, where))) this.problems.error(placeAt(node, steps), where, message)
      }
    }
    if (result.success && bad.length === 0) return { value: result.data, bad }
    const rest = parts === undefined ? undefined : salvage(parts, input, path, bad)
    return rest === undefined ? undefined : { value: rest.value, bad }
  }

  hide(node: Node): void {
    new Coercion(this.problems, this.#special).hide(node)
  }
}

/** One lies at or below the other. */
const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
