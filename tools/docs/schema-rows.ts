// A zod schema of the configuration as rows of a reference: every key with its kind of text, type, range, default and words.
import type { ZodType } from 'zod'
import { parseDuration } from '../../src/base/duration.ts'
import { type Def, unwrap } from '../../src/config/load/introspect.ts'
import { policyItem } from '../../src/config/schema/policies.ts'
import { sinkItem } from '../../src/config/schema/telemetry.ts'
import { defaultOf } from './documented-defaults.ts'

export interface Row {
  readonly path: string
  /** text, template, expression or path; '' for what is no text. */
  readonly kind: string
  readonly type: string
  readonly range: string
  /** '' when there is none. */
  readonly fallback: string
  readonly required: boolean
  readonly about: string
}

const KIND = /^(text|template|expression|path): /
const DEFAULT = / ?\(default ([^)]+)\)/

/** The description of a schema, of its wrappers or, for one in a union, of the union. */
export function aboutOf(outer: ZodType): string {
  for (const layer of unwrap(outer).layers) {
    const about = layer.meta()?.description
    if (about !== undefined) return about
  }
  return ''
}

/** The row of `outer` at `path` and of all below it. @throws Error when a description tells another default than the gateway has. */
export function rowsOf(outer: ZodType, path: string, required: boolean, inherited = ''): Row[] {
  const { def } = unwrap(outer)
  const described = aboutOf(outer) || inherited
  const { type, range } = shapeOf(outer)
  const told = DEFAULT.exec(described)?.[1]?.replaceAll('`', '')
  const known = defaultOf(path, type)
  if (told !== undefined && known !== undefined && !same(told, known)) {
    throw new Error(`${path}: the description tells the default ${told}, and it is ${known}`)
  }
  const row: Row = {
    path,
    kind: KIND.exec(described)?.[1] ?? '',
    type,
    range,
    fallback: told ?? known ?? '',
    required,
    about: described.replace(KIND, '').replace(DEFAULT, ''),
  }
  const rows = below(def, path)
  // What a section is for is said above its table.
  return rows.length > 0 && !path.includes('.') ? rows : [row, ...rows]
}

function below(def: Def, path: string): Row[] {
  if (def.shape !== undefined) {
    return Object.entries(def.shape).flatMap(([key, each]) =>
      rowsOf(each, path === '' ? key : `${path}.${key}`, !each.safeParse(undefined).success),
    )
  }
  if (def.type === 'record' && def.valueType !== undefined) return inside(def.valueType, `${path}.NAME`)
  if (def.type === 'array' && def.element !== undefined) return inside(def.element, `${path}[]`)
  if (def.type === 'union') {
    // A list of what may also stand alone has the same keys.
    const options = (def.options ?? []).map((option) => unwrap(option).def)
    const maps = options.filter((option) => option.shape !== undefined)
    return (maps.length > 0 ? maps : options).flatMap((option) => below(option, path))
  }
  return []
}

/** Items that are maps are told by their keys, scalars by the row of their list. */
function inside(item: ZodType, path: string): Row[] {
  return below(unwrap(item).def, path)
}

function shapeOf(outer: ZodType): { type: string; range: string } {
  const { schema, def } = unwrap(outer)
  if (schema === (policyItem as ZodType)) return { type: 'policy', range: '' }
  if (schema === (sinkItem as ZodType)) return { type: 'sink', range: '' }
  switch (def.type) {
    case 'string':
      return textShape(outer, schema)
    case 'number': {
      const { minValue, maxValue } = schema as unknown as { minValue: number | null; maxValue: number | null }
      return { type: 'whole number', range: `${group(minValue)}–${group(maxValue)}` }
    }
    case 'boolean':
      return { type: '`true` or `false`', range: '' }
    case 'enum':
      return { type: (schema as unknown as { options: string[] }).options.map((value) => `\`${value}\``).join(', '), range: '' }
    case 'literal':
      return { type: (def.values ?? []).map((value) => `\`${String(value)}\``).join(', '), range: '' }
    case 'array':
      return { type: `list: ${def.element === undefined ? 'anything' : shapeOf(def.element).type}`, range: '' }
    case 'record':
      return {
        type: def.valueType === undefined || below(def, '').length > 0 ? 'map of names' : `map: ${shapeOf(def.valueType).type}`,
        range: '',
      }
    case 'object':
      return { type: 'map', range: '' }
    case 'union': {
      const shapes = (def.options ?? []).map(shapeOf)
      return {
        type: [...new Set(shapes.map(({ type }) => type))].join(', or '),
        range: shapes
          .map(({ range }) => range)
          .filter((each) => each !== '')
          .join(', '),
      }
    }
    default:
      return { type: 'anything', range: '' }
  }
}

/** Texts with a unit say by their pattern which, and by what they answer to a value out of range which range. */
function textShape(outer: ZodType, schema: ZodType): { type: string; range: string } {
  const pattern = schema.meta()?.['pattern']
  if (typeof pattern !== 'string') return { type: 'text', range: '' }
  if (pattern.includes('KiB')) return { type: 'size', range: rangeOf(outer, '999999GiB') }
  if (pattern.includes('(ms|s|m')) return { type: 'duration', range: rangeOf(outer, '99999d') }
  if (pattern.endsWith('%$')) return { type: 'percentage', range: rangeOf(outer, '101%') }
  return { type: 'text', range: '' }
}

function rangeOf(schema: ZodType, tooMuch: string): string {
  const message =
    schema
      .safeParse(tooMuch)
      .error?.issues.map((issue) => issue.message)
      .join(' ') ?? ''
  return /must be from (\S+) to (\S+)/.exec(message)?.slice(1).join('–') ?? ''
}

/** `60s` is `1m`, and words may follow. */
function same(told: string, known: string): boolean {
  const duration = parseDuration(told)
  return told.startsWith(known) || (duration !== undefined && duration === parseDuration(known))
}

const group = (value: number | null): string => (value === null ? '' : value.toLocaleString('en-US'))
