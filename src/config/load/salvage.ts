// What can still be read of a value that has slips: so that a mistake in one key hides none in the others.
import type { ZodType } from 'zod'

/**
 * `input` without what lies at the paths `bad` (below `base`), as `schema` makes it; undefined when the rest is none either. First only
 * what is bad goes (a whole list for a bad item, so that places of the others stay theirs), then each key of `input` that holds some.
 * Changes `input`.
 */
export function salvage<T>(schema: ZodType<T>, input: unknown, base: string, bad: readonly string[]): { readonly value: T } | undefined {
  if (!isMap(input)) return undefined
  const steps = bad.filter((path) => path.startsWith(`${base}.`)).map((path) => path.slice(base.length + 1).split('.'))
  for (const path of steps) remove(input, path)
  const first = schema.safeParse(input)
  if (first.success) return { value: first.data }
  for (const [key] of steps) if (key !== undefined) delete input[key]
  const second = schema.safeParse(input)
  return second.success ? { value: second.data } : undefined
}

type Map = Record<string, unknown>

const isMap = (value: unknown): value is Map => typeof value === 'object' && value !== null && !Array.isArray(value)

function remove(input: Map, path: readonly string[]): void {
  let at: Map = input
  for (const [i, key] of path.entries()) {
    const next = at[key]
    if (i === path.length - 1 || !isMap(next)) {
      delete at[key]
      return
    }
    at = next
  }
}
