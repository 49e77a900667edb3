// What a zod schema cannot say of itself and the reader, the masking and the JSON Schema need to know. Marks are kept beside the schema
// objects; a wrapper made later (`.optional()`) is looked through, a clone (`.describe()`) is not, so a mark is put on last.
import type { ZodType } from 'zod'

/** Fields that may be printed even when they came from `${…}`: ports, addresses, names, paths. */
export const plainFields = new WeakSet<ZodType>()
/** Keys of an object that a later version reads: key → why not now. */
export const laterKeys = new WeakMap<ZodType, ReadonlyMap<string, string>>()
/** Values of an enumeration that a later version reads: value → why not now. */
export const laterValues = new WeakMap<ZodType, ReadonlyMap<string, string>>()

/** Marks a field as plain. */
export function plain<S extends ZodType>(schema: S): S {
  plainFields.add(schema)
  return schema
}

/** Says which keys of `schema` come later: `{ key: 'what it brings' }`. */
export function later<S extends ZodType>(schema: S, keys: Readonly<Record<string, string>>): S {
  laterKeys.set(schema, new Map(Object.entries(keys).map(([key, why]) => [key, notYet(key, why)])))
  return schema
}

/** Says which values of `schema` come later. */
export function laterValue<S extends ZodType>(schema: S, values: Readonly<Record<string, string>>): S {
  laterValues.set(schema, new Map(Object.entries(values).map(([value, why]) => [value, notYet(value, why)])))
  return schema
}

/** What stands in the place of code in a configuration that is one. */
export const codePlaceholder = (path: string): string => `value of ${path}`
export const isCode = (text: string): boolean => text.startsWith(codePlaceholder(''))

/** The sentence with which a capability that does not exist yet is refused. */
export const notYet = (what: string, why: string): string => `\`${what}\` is not available in this version yet: ${why}`
