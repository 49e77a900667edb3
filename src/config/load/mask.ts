// Secrets by value: in how many spellings one can turn up in a text, and plain data with all of them put out of sight.
import type { Secret } from './node.ts'

/** Shorter secrets are not looked for inside of longer texts: `on` or `1` would otherwise black out plain words. */
export const MASK_EVERYWHERE = 4

/** What stands in a secret's place, in every output. */
export const masked = (name: string): string => `«secret ${name}»`

/** The ways in which a value can turn up inside a text. */
export function spellings(value: string): Set<string> {
  const all = new Set([value, value.trim(), value.toLowerCase(), JSON.stringify(value).slice(1, -1)])
  if (value.isWellFormed()) all.add(encodeURIComponent(value))
  all.delete('')
  return all
}

/** Replaces every spelling of the longer ones of `secrets` in a text. */
export function masker(secrets: readonly Secret[]): (text: string) => string {
  const names = new Map<string, string>()
  for (const { name, value } of secrets) {
    for (const spelling of spellings(value)) if (spelling.length >= MASK_EVERYWHERE) names.set(spelling, name)
  }
  if (names.size === 0) return (text) => text
  // Longest first, so that a secret that contains another one is masked whole.
  const values = [...names.keys()].toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(values.map(escaped).join('|'), 'g')
  return (text) => text.replace(pattern, (value) => masked(names.get(value) as string))
}

/**
 * A copy of plain data in which no text holds a secret: long ones anywhere in it, in base64 as well; short ones, and numbers, where they are
 * the whole value. Truths are not masked. Keys stay: nothing is put into them.
 */
export function maskedCopy(data: unknown, secrets: readonly Secret[]): unknown {
  if (secrets.length === 0) return data
  const whole = new Map(secrets.map(({ name, value }) => [value, name]))
  const inText = masker([...secrets, ...secrets.map(({ name, value }) => ({ name, value: Buffer.from(value).toString('base64') }))])
  const copy = (value: unknown): unknown => {
    if (typeof value === 'string') return whole.has(value) ? masked(whole.get(value) as string) : inText(value)
    if (typeof value === 'number') return whole.has(String(value)) ? masked(whole.get(String(value)) as string) : value
    if (Array.isArray(value)) return value.map(copy)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]))
  }
  return copy(data)
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
