// Every place of a configuration where a scalar may stand, found by walking the schemas: built-in policies and those of plugins included.
import type { ZodType } from 'zod'
import { children, kinds, unwrap } from '../../src/config/load/introspect.ts'
import { gateway } from '../../src/config/schema/gateway.ts'
import { plainFields } from '../../src/config/schema/marks.ts'
import type { Policy } from '../../src/pipeline/policy.ts'

export interface Field {
  /** Keys and indices from the top. */
  readonly steps: readonly (string | number)[]
  /** May show what came from a variable. */
  readonly isPlain: boolean
}

/** The scalars of `schema`, below `steps`. A record's entry is called `n`, a list has one item. */
function* scalars(schema: ZodType, steps: Field['steps']): Iterable<Field> {
  const { def, layers } = unwrap(schema)
  const wanted = kinds(schema)
  if (!['map', 'list'].includes([...wanted].join()))
    yield { steps, isPlain: [...layers, ...children(schema)].some((layer) => plainFields.has(layer)) }
  for (const option of def.type === 'union' ? (def.options ?? []) : [schema]) {
    const inner = unwrap(option).def
    if (inner.type === 'union') yield* scalars(option, steps)
    for (const [key, value] of Object.entries(inner.shape ?? {})) yield* scalars(value, [...steps, key])
    if (inner.valueType !== undefined) yield* scalars(inner.valueType, [...steps, 'n'])
    if (inner.element !== undefined) yield* scalars(inner.element, [...steps, 0])
    // What no schema types: a document inside of the configuration.
    if (inner.type === 'any' || inner.type === 'unknown') yield { steps: [...steps, 'deep', 0], isPlain: false }
  }
}

/** All of them, each once. `policies`: whose options are walked. */
export function fieldsOf(policies: readonly Policy[]): readonly Field[] {
  const all = [...scalars(gateway, [])]
  for (const { name, schema } of policies) all.push(...scalars(schema, ['policySets', 'n', 0, name]))
  return [...new Map(all.map((field) => [JSON.stringify(field.steps), field])).values()]
}

/** `value` at its place in a configuration that is right without it, as JSON, which is YAML as well. */
export function configurationWith({ steps }: Field, value: string): string {
  const root: Record<string, unknown> = {
    version: 1,
    services: { up: { endpoints: ['http://127.0.0.1:1'] } },
    routes: { up: { match: '/up', service: 'up' } },
  }
  if (steps[0] === 'routes' && typeof steps[2] === 'string') root['routes'] = { n: { match: '/n', reply: { status: 200, body: 'a' } } }
  if (steps[0] === 'services' && typeof steps[2] === 'string') root['services'] = { n: { endpoints: ['http://127.0.0.1:1'] } }
  put(root, steps, value)
  return JSON.stringify(root, undefined, 1)
}

function put(into: Record<string | number, unknown>, [first = '', ...rest]: Field['steps'], value: string): void {
  if (rest.length === 0) return void (into[first] = value)
  const wanted = typeof rest[0] === 'number'
  const below = into[first]
  const next = typeof below === 'object' && Array.isArray(below) === wanted ? below : wanted ? [] : {}
  into[first] = next
  put(next as Record<string | number, unknown>, rest, value)
}
