// Holds a value to a JSON Schema, as far as the admin API's own schemas go; an unknown word in a schema fails.
type Schema = Readonly<Record<string, unknown>>

/** What is wrong, each with its path; empty when nothing is. `definitions`: what `#/components/schemas/NAME` means. */
export function mismatches(value: unknown, schema: Schema, definitions: Readonly<Record<string, Schema>> = {}, path = '$'): string[] {
  const known = new Set(['$ref', 'type', 'format', 'enum', 'items', 'properties', 'required', 'additionalProperties', 'minimum', 'maximum'])
  const strange = Object.keys(schema).filter((word) => !known.has(word))
  if (strange.length > 0) return [`${path}: the schema says ${strange.join(', ')}`]
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].replace('#/components/schemas/', '')
    const definition = definitions[name]
    return definition === undefined ? [`${path}: ${name} is not defined`] : mismatches(value, definition, definitions, path)
  }
  const wrong =
    kindOf(value) === schema['type'] || (schema['type'] === 'number' && kindOf(value) === 'integer') ? [] : [`${path}: is ${kindOf(value)}`]
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) wrong.push(`${path}: ${String(value)} is not listed`)
  if (schema['format'] === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value))) wrong.push(`${path}: no time`)
  if (Array.isArray(value))
    wrong.push(...value.flatMap((item, i) => mismatches(item, schema['items'] as Schema, definitions, `${path}[${i}]`)))
  else if (typeof value === 'object' && value !== null) wrong.push(...members(value as Record<string, unknown>, schema, definitions, path))
  return wrong
}

function members(value: Record<string, unknown>, schema: Schema, definitions: Readonly<Record<string, Schema>>, path: string): string[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const missing = ((schema['required'] ?? []) as string[])
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => `${path}: no ${name}`)
  const wrong = Object.entries(value).flatMap(([name, each]) => {
    const rest = schema['additionalProperties']
    const own = Object.hasOwn(properties, name) ? properties[name] : typeof rest === 'object' ? (rest as Schema) : undefined
    if (own !== undefined) return mismatches(each, own, definitions, `${path}.${name}`)
    return rest === true ? [] : [`${path}: ${name} is not described`]
  })
  return [...missing, ...wrong]
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
