// The identity of a list of policies: two routes whose lists have the same key may share one compiled pipeline.

/**
 * A text that is equal for two lists exactly when their kinds and options are; undefined when some options are no plain data (functions,
 * class instances, cycles), because such lists cannot be told apart and therefore must not be shared.
 */
export function listKey(list: readonly { readonly kind: string; readonly options: unknown }[]): string | undefined {
  return encode(
    list.map(({ kind, options }) => [kind, options]),
    0,
  )
}

/** Deeper than any configuration is; ends cycles. */
const MAX_DEPTH = 64

function encode(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      // Object.is tells what JSON does not: NaN, the infinities and -0 become different texts.
      return Object.is(value, -0) ? '-0' : `${value}`
    case 'boolean':
    case 'undefined':
      return `${value}`
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : depth === MAX_DEPTH ? undefined : encodeObject(value, depth)
    default:
      return undefined
  }
}

function encodeObject(value: object, depth: number): string | undefined {
  const parts: string[] = []
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      const part = encode(item, depth + 1)
      if (part === undefined) return undefined
      parts.push(part)
    }
    return `[${parts.join(',')}]`
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  for (const [key, item] of Object.entries(value)) {
    const part = encode(item, depth + 1)
    if (part === undefined) return undefined
    parts.push(`${JSON.stringify(key)}:${part}`)
  }
  return `{${parts.join(',')}}`
}
