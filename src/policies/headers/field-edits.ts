// Edits of fields, made at load from their options: what is constant is constant, and only values with parameters are rendered a call.
import { ConstantField, FieldName } from '../../http/field-name.ts'
import { addConstantOf, addFieldOf, removeFieldOf, setConstantOf, setFieldOf, type FieldOwner } from '../../http/fields.ts'
import { parseTemplate, type Template } from '../../http/template.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Edits } from './schema.ts'

/** Changes a head's fields in place: removes, then sets, then appends. */
export type FieldEdits = (head: FieldOwner, call: Call) => void

/** A field that is the same for every call, or one whose value has parameters of the path. */
type Edit = ConstantField | { readonly field: FieldName; readonly template: Template; readonly params: readonly string[] }

/** The route's parameters; read only where a template may need them, so that routes with constant edits share their pipeline. */
export interface ParamsOf {
  readonly params: readonly string[]
}

/** Compiles `edits`. @throws Error naming the field whose template the route cannot fill. */
export function fieldEdits(edits: Edits, route: ParamsOf): FieldEdits {
  const remove = edits.remove.map((name) => new FieldName(name))
  const set = edits.set.map(({ name, text }) => editOf(name, text, route))
  const append = edits.append.map(({ name, text }) => editOf(name, text, route))
  return (head, call) => {
    for (const field of remove) removeFieldOf(head, field)
    for (const edit of set) {
      if (edit instanceof ConstantField) setConstantOf(head, edit)
      else setFieldOf(head, edit.field, render(edit.template, edit.params, call))
    }
    for (const edit of append) {
      if (edit instanceof ConstantField) addConstantOf(head, edit)
      else addFieldOf(head, edit.field, render(edit.template, edit.params, call))
    }
  }
}

function editOf(name: string, text: string, route: ParamsOf): Edit {
  // The schema has checked the text as a value of a field.
  if (!/[{}]/.test(text)) return new ConstantField(name, text)
  const { params } = route
  const parsed = parseTemplate(text, params)
  if (!parsed.ok) throw new Error(`\`${name}\`: ${parsed.message}`)
  const { parts } = parsed.template
  return parts.some((part) => typeof part === 'number')
    ? { field: new FieldName(name), template: parsed.template, params }
    : new ConstantField(name, parts.join(''))
}

// A template takes values as they stand in a path; the call gives them decoded.
const render = (template: Template, params: readonly string[], call: Call): string =>
  template.render(
    'header',
    params.map((name) => encodeURIComponent(call.param(name) ?? '')),
  )
