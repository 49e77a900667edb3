// What a zod schema wants on its input side: the few facts about its definition that reading needs.
import type { ZodType } from 'zod'

/** The parts of zod's definitions that are looked at; which exist follows from `type`. */
export interface Def {
  readonly type: string
  readonly shape?: Readonly<Record<string, ZodType>>
  readonly catchall?: ZodType
  readonly element?: ZodType
  readonly valueType?: ZodType
  readonly options?: readonly ZodType[]
  readonly innerType?: ZodType
  readonly in?: ZodType
  readonly out?: ZodType
  readonly getter?: () => ZodType
  readonly values?: readonly unknown[]
}

export type Kind = 'string' | 'number' | 'boolean' | 'null' | 'list' | 'map' | 'any'

export interface Unwrapped {
  readonly schema: ZodType
  readonly def: Def
  readonly nullable: boolean
  /** The schema and every wrapper around it, outermost first. */
  readonly layers: readonly ZodType[]
}

const definition = (schema: ZodType): Def => schema._zod.def

const unwrapped = new WeakMap<ZodType, Unwrapped>()

/** Looks through `optional`, `default`, `nullable`, pipes, transforms and laziness to what reads the input. */
export function unwrap(outer: ZodType): Unwrapped {
  const known = unwrapped.get(outer)
  if (known !== undefined) return known
  const layers = [outer]
  let schema = outer
  let nullable = false
  for (;;) {
    const def = definition(schema)
    const next =
      def.type === 'lazy' ? def.getter?.() : def.type === 'pipe' ? inputOf(def) : WRAPPERS.has(def.type) ? def.innerType : undefined
    if (def.type === 'nullable') nullable = true
    if (next === undefined) break
    schema = next
    layers.push(schema)
  }
  const result = { schema, def: definition(schema), nullable, layers }
  unwrapped.set(outer, result)
  return result
}

const WRAPPERS = new Set(['optional', 'nullable', 'default', 'prefault', 'nonoptional', 'readonly', 'catch'])

/** `z.preprocess` is a pipe that begins with a transform: what it wants is what comes after. */
const inputOf = (def: Def): ZodType | undefined => (def.in !== undefined && definition(def.in).type === 'transform' ? def.out : def.in)

/** The alternatives of a union and what they wrap, or nothing. */
export function children(schema: ZodType): readonly ZodType[] {
  const { def } = unwrap(schema)
  if (def.type !== 'union') return NONE
  let found = childrenOf.get(schema)
  if (found === undefined) {
    found = (def.options as readonly ZodType[]).flatMap((option) => [...unwrap(option).layers, ...children(option)])
    childrenOf.set(schema, found)
  }
  return found
}

const childrenOf = new WeakMap<ZodType, readonly ZodType[]>()
const NONE: readonly ZodType[] = []
const kindsOf = new WeakMap<ZodType, ReadonlySet<Kind>>()

/** Which kinds of node the schema takes. */
export function kinds(schema: ZodType): ReadonlySet<Kind> {
  let found = kindsOf.get(schema)
  if (found === undefined) {
    found = new Set(collect(schema))
    kindsOf.set(schema, found)
  }
  return found
}

function collect(schema: ZodType): Kind[] {
  const { def, nullable } = unwrap(schema)
  const inner = kindOf(def)
  return nullable ? [...inner, 'null'] : inner
}

function kindOf(def: Def): Kind[] {
  switch (def.type) {
    case 'string':
    case 'enum':
    case 'template_literal':
      return ['string']
    case 'number':
    case 'boolean':
    case 'null':
      return [def.type]
    case 'literal':
      return [...new Set((def.values ?? []).map((v) => (v === null ? 'null' : (typeof v as Kind))))]
    case 'array':
    case 'tuple':
      return ['list']
    case 'object':
    case 'record':
      return ['map']
    case 'union':
      return (def.options as ZodType[]).flatMap(collect)
    default:
      return ['any']
  }
}

/** `a number or a map`: what a value must be, in words. */
export const named = (wanted: ReadonlySet<Kind>): string => [...wanted].map((kind) => NAMES[kind]).join(' or ')

const NAMES: Readonly<Record<Kind, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: '`true` or `false`',
  null: '`null`',
  list: 'a list',
  map: 'a map',
  any: 'a value',
}
