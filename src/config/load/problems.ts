// Collects everything that is wrong with a configuration, so that all of it is told at once, in the order of the files, without secrets.
import type { Finding } from '../plan.ts'
import { masked, masker } from './mask.ts'
import { position, type Place, type Secret } from './node.ts'
import { Provenance } from './provenance.ts'

export class Problems {
  readonly #found: { place: Place; path: string; message: string; severity: Finding['severity'] }[] = []
  readonly #secrets: { place: Place; name: string; value: string }[] = []
  readonly #foreign = new Set<string>()
  readonly #files = new Map<string, number>()
  #errors = 0
  readonly provenance = new Provenance()

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
    this.provenance.hide(place)
    for (const { name, value } of secrets) if (value !== '') this.#secrets.push({ place, name, value })
  }

  /** What was hidden, each value once: whoever prints the plan hides it as well. */
  get secrets(): readonly Secret[] {
    return [...new Map(this.#secrets.map(({ name, value }) => [value, { name, value }])).values()]
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
    const everywhere = masker(this.#secrets)
    const local = Map.groupBy(this.#secrets, ({ place }) => keyOf(place))
    return (message, place) => {
      const rest = everywhere(message)
      const here = this.#foreign.has(message) ? this.#secrets : local.get(keyOf(place))
      // About its own place a message may quote a piece of the value; no message shows one without quotes.
      return here === undefined
        ? rest
        : rest.replace(QUOTED, (quotation, mark: string, inside: string) => {
            const secret = inside === '' ? undefined : here.find(({ value }) => value.toLowerCase().includes(inside.toLowerCase()))
            return secret === undefined ? quotation : `${mark}${masked(secret.name)}${mark}`
          })
    }
  }
}

const QUOTED = /([`"'])(.*?)\1/gs

const keyOf = (place: Place): string => `${place.source.file}\0${place.offset}`
