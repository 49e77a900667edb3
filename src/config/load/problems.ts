// Collects everything that is wrong with a configuration, so that all of it is told at once, in the order of the files, without secrets.
import type { Finding } from '../plan.ts'
import { position, type Place, type Secret } from './node.ts'

/** Secrets shorter than this are masked in messages about their own place alone: `on` or `1` would otherwise black out plain words. */
const MASK_EVERYWHERE = 4

export class Problems {
  readonly #found: { place: Place; path: string; message: string; severity: Finding['severity'] }[] = []
  readonly #secrets: { place: Place; name: string; value: string }[] = []
  readonly #foreign = new Set<string>()
  readonly #files = new Map<string, number>()
  #errors = 0

  /** Findings are told in the order in which their files were read. */
  reading(file: string): void {
    if (!this.#files.has(file)) this.#files.set(file, this.#files.size)
  }

  error(place: Place, path: string, message: string): void {
    this.#errors++
    this.#found.push({ place, path, message, severity: 'error' })
  }

  /** A message by code that has seen options with secrets in them, and may quote a piece of one. */
  foreign(place: Place, path: string, message: string): void {
    this.error(place, path, message)
    this.#foreign.add(message)
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

  /** Everything found, by file (in the order in which they were read), line and column; the same message about the same place once. */
  list(): Finding[] {
    const mask = this.#mask()
    for (const { place } of this.#found) this.reading(place.source.file)
    const findings = this.#found.map(({ place, path, message, severity }) => ({
      file: place.source.file,
      ...position(place),
      path,
      message: mask(message, place),
      severity,
    }))
    const order = (f: Finding): number => this.#files.get(f.file) as number
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
    const local = Map.groupBy(this.#secrets, ({ place }) => keyOf(place))
    for (const { name, value } of this.#secrets) {
      for (const spelling of spellings(value)) if (spelling.length >= MASK_EVERYWHERE) everywhere.set(spelling, name)
    }
    // Longest first, so that a secret that contains another one is masked whole.
    const values = [...everywhere.keys()].toSorted((a, b) => b.length - a.length)
    const pattern = values.length === 0 ? undefined : new RegExp(values.map(escaped).join('|'), 'g')
    return (message, place) => {
      const masked = pattern === undefined ? message : message.replace(pattern, (value) => `«secret ${everywhere.get(value)}»`)
      const here = this.#foreign.has(message) ? this.#secrets : local.get(keyOf(place))
      // About its own place a message may quote a piece of the value; no message shows one without quotes.
      return here === undefined
        ? masked
        : masked.replace(QUOTED, (quotation, mark: string, inside: string) => {
            const secret = inside === '' ? undefined : here.find(({ value }) => value.toLowerCase().includes(inside.toLowerCase()))
            return secret === undefined ? quotation : `${mark}«secret ${secret.name}»${mark}`
          })
    }
  }
}

const QUOTED = /([`"'])(.*?)\1/gs

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const keyOf = (place: Place): string => `${place.source.file}\0${place.offset}`

/** The ways in which a value can turn up inside a message. */
function spellings(value: string): Set<string> {
  const all = new Set([value, value.trim(), value.toLowerCase(), JSON.stringify(value).slice(1, -1)])
  if (value.isWellFormed()) all.add(encodeURIComponent(value))
  all.delete('')
  return all
}
