// Secrets by value: in how many spellings one can turn up in a text, and plain data with all of them put out of sight.
import type { Secret } from './node.ts'

/** Shorter secrets are not looked for inside of longer texts: `on` or `1` would otherwise black out plain words. */
export const MASK_EVERYWHERE = 4

/** What stands in a secret's place, in every output. */
export const masked = (name: string): string => `«secret ${name}»`

/** The ways in which a value can turn up inside a text. */
export function spellings(value: string): Set<string> {
  const all = new Set([value, value.trim(), value.toLowerCase(), value.toUpperCase(), JSON.stringify(value).slice(1, -1)])
  // Braces are doubled in a template, and single in what it makes.
  all.add(value.replaceAll('{{', '{').replaceAll('}}', '}'))
  if (value.isWellFormed()) {
    const encoded = encodeURIComponent(value)
    all.add(encoded).add(encoded.replaceAll(/%../g, (escape) => escape.toLowerCase()))
    // As forms write it.
    all.add(new URLSearchParams({ '': value }).toString().slice(1))
  }
  for (const encoding of ['base64', 'base64url'] as const) for (const each of inBase64(value, encoding)) all.add(each)
  all.delete('')
  return all
}

/** In base64 a value looks in three ways, by where it begins in what is encoded (`Basic` credentials: behind a name); ends that depend on what stands around it are left out. */
function inBase64(value: string, encoding: 'base64' | 'base64url'): string[] {
  const bytes = Buffer.from(value)
  // Fewer letters would be found in plain words.
  if (bytes.length < 2 * MASK_EVERYWHERE) return [bytes.toString('base64')]
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding)
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
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
 * A copy of plain data in which no text holds a secret: long ones anywhere in it; short ones, and numbers, where they are
 * the whole value. Truths are not masked. Keys stay: nothing is put into them.
 */
export function maskedCopy(data: unknown, secrets: readonly Secret[]): unknown {
  if (secrets.length === 0) return data
  const whole = new Map(secrets.map(({ name, value }) => [value, name]))
  const inText = masker(secrets)
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
