// Edits of fields, made at load from their options: what is constant is constant, and only values with parameters are rendered a call.
import { addFieldOf, removeFieldOf, setFieldOf, type FieldOwner } from '../../http/fields.ts'
import { parseTemplate, type Template } from '../../http/template.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Edits } from './schema.ts'

/** Changes a head's fields in place: removes, then sets, then appends. */
export type FieldEdits = (head: FieldOwner, call: Call) => void

/** A value that is the same for every call, or one with parameters of the path. */
type Value = string | { readonly template: Template; readonly params: readonly string[] }

/** The route's parameters; read only where a template may need them, so that routes with constant edits share their pipeline. */
export interface ParamsOf {
  readonly params: readonly string[]
}

/** Compiles `edits`. @throws Error naming the field whose template the route cannot fill. */
export function fieldEdits(edits: Edits, route: ParamsOf): FieldEdits {
  const { remove } = edits
  const set = edits.set.map(({ name, text }) => ({ name, value: valueOf(name, text, route) }))
  const append = edits.append.map(({ name, text }) => ({ name, value: valueOf(name, text, route) }))
  return (head, call) => {
    for (const name of remove) removeFieldOf(head, name)
    for (const { name, value } of set) setFieldOf(head, name, textOf(value, call))
    for (const { name, value } of append) addFieldOf(head, name, textOf(value, call))
  }
}

function valueOf(name: string, text: string, route: ParamsOf): Value {
  if (!/[{}]/.test(text)) return text
  const { params } = route
  const parsed = parseTemplate(text, params)
  if (!parsed.ok) throw new Error(`\`${name}\`: ${parsed.message}`)
  const { parts } = parsed.template
  return parts.some((part) => typeof part === 'number') ? { template: parsed.template, params } : parts.join('')
}

function textOf(value: Value, call: Call): string {
  if (typeof value === 'string') return value
  // A template takes values as they stand in a path; the call gives them decoded.
  const raw = value.params.map((name) => encodeURIComponent(call.param(name) ?? ''))
  return value.template.render('header', raw)
}
