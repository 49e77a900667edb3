// Collects everything that is wrong with a configuration, so that all of it is told at once, in the order of the files, without secrets.
import type { Finding } from '../plan.ts'
import { position, type Place, type Secret } from './node.ts'

/** Secrets shorter than this are masked only in messages about their own place: `on` or `1` would otherwise black out plain words. */
const MASK_EVERYWHERE = 4

export class Problems {
  readonly #found: { place: Place; path: string; message: string; severity: Finding['severity'] }[] = []
  readonly #secrets: { place: Place; name: string; value: string }[] = []
  #errors = 0

  error(place: Place, path: string, message: string): void {
    this.#errors++
    this.#found.push({ place, path, message, severity: 'error' })
  }

  warning(place: Place, path: string, message: string): void {
    this.#found.push({ place, path, message, severity: 'warning' })
  }

  /** From now on no message, earlier ones included, shows these values. */
  hide(place: Place, secrets: readonly Secret[]): void {
    for (const { name, value } of secrets) if (value !== '') this.#secrets.push({ place, name, value })
  }

  /** How many errors were found so far. */
  get errors(): number {
    return this.#errors
  }

  /** Everything found, by file (in the order of first appearance), line and column; the same message about the same place once. */
  list(): Finding[] {
    const mask = this.#mask()
    const files = new Map<string, number>()
    for (const { place } of this.#found) if (!files.has(place.source.file)) files.set(place.source.file, files.size)
    const findings = this.#found.map(({ place, path, message, severity }) => ({
      file: place.source.file,
      ...position(place),
      path,
      message: mask(message, place),
      severity,
    }))
    const order = (f: Finding): number => files.get(f.file) as number
    findings.sort(
      (a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
    )
    const seen = new Set<string>()
    return findings.filter((f) => {
      const key = `${f.file}\0${f.line}\0${f.column}\0${f.message}`
      return seen.has(key) ? false : seen.add(key)
    })
  }

  #mask(): (message: string, place: Place) => string {
    const everywhere = new Map<string, string>()
    const local = new Map<string, { name: string; value: string }[]>()
    for (const { place, name, value } of this.#secrets) {
      for (const spelling of spellings(value)) {
        if (spelling.length >= MASK_EVERYWHERE) everywhere.set(spelling, name)
        else {
          const key = keyOf(place)
          local.set(key, [...(local.get(key) ?? []), { name, value: spelling }])
        }
      }
    }
    // Longest first, so that a secret that contains another one is masked whole.
    const values = [...everywhere.keys()].toSorted((a, b) => b.length - a.length)
    const pattern = values.length === 0 ? undefined : new RegExp(values.map(escaped).join('|'), 'g')
    return (message, place) => {
      let masked = pattern === undefined ? message : message.replace(pattern, (value) => `«secret ${everywhere.get(value)}»`)
      // Short values are only replaced where they stand quoted: a message of ours never says a value in any other way.
      for (const { name, value } of local.get(keyOf(place)) ?? []) {
        for (const [open, close] of QUOTES) masked = masked.replaceAll(open + value + close, `${open}«secret ${name}»${close}`)
      }
      return masked
    }
  }
}

const QUOTES = [
  ['`', '`'],
  ['"', '"'],
  ["'", "'"],
  ['(', ')'],
] as const

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const keyOf = (place: Place): string => `${place.source.file}\0${place.offset}`

/** The ways in which a value can turn up inside a message. */
function spellings(value: string): Set<string> {
  const all = new Set([value, value.trim(), value.toLowerCase(), JSON.stringify(value).slice(1, -1)])
  if (value.isWellFormed()) all.add(encodeURIComponent(value))
  all.delete('')
  return all
}
