// Reads a node by a schema: first the tree is typed (`coerce.ts`), then the schema judges, and whatever either finds is told in one voice.
import type { ZodType } from 'zod'
import type { PolicyRegistry } from '../../pipeline/registry.ts'
import { policyItem } from '../schema/policies.ts'
import { Coercion, type Special } from './coerce.ts'
import { tell } from './issues.ts'
import { join, placeAt, type Node } from './node.ts'
import { readPolicyItem } from './policy-item.ts'
import type { Problems } from './problems.ts'

export class SchemaReader {
  readonly problems: Problems
  readonly registry: PolicyRegistry
  /** What `plugins` names, whether it could be loaded or not. */
  readonly plugins: Set<string>
  readonly #special: Special

  constructor(problems: Problems, registry: PolicyRegistry, plugins = new Set<string>()) {
    this.plugins = plugins
    this.problems = problems
    this.registry = registry
    this.#special = (schema, node, path) => (schema === policyItem ? { value: readPolicyItem(node, path, this) } : undefined)
  }

  /** The value as the schema makes it; undefined when it could not be read whole. (A policy that could not is left out of its list.) */
  read<T>(schema: ZodType<T>, node: Node, path: string): { readonly value: T } | undefined {
    const coercion = new Coercion(this.problems, this.#special)
    const input = coercion.value(schema, node, path)
    if (coercion.bad.includes(path)) return undefined
    const result = schema.safeParse(input, { reportInput: true })
    if (!result.success) {
      for (const { steps, message } of result.error.issues.flatMap(tell)) {
        const where = steps.reduce<string>((at, step) => join(at, String(step)), path)
        if (!coercion.bad.some((bad) => overlaps(bad, where))) this.problems.error(placeAt(node, steps), where, message)
      }
    }
    return result.success && coercion.bad.length === 0 ? { value: result.data } : undefined
  }

  hide(node: Node): void {
    new Coercion(this.problems, this.#special).hide(node)
  }
}

/** One lies at or below the other. */
const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
