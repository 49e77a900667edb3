// What is known of the names of endpoints: looked up in the background, each by one look-up at a time, kept while its TTL lasts and longer
// when a look-up fails. Requests only read it. Before it: `pool.ts`, which dials what it says. After it: `look-up.ts`.
//
//   pending (nothing was heard yet) → known → known …;   pending → unknown (failed) → known;   failed look-ups of a known name change nothing
import { parseAddress } from '../../base/ip.ts'
import type { End } from '../../base/scope.ts'
import { Timed } from '../../net/wheel.ts'
import type { Wheel } from '../../net/wheel.ts'
import type { LookUp } from './look-up.ts'

/** A name is not looked up more often than this, whatever its TTL says; in milliseconds. */
const TTL_LEAST = 1_000
/** A TTL beyond a day is taken for a day: nobody who moves a service waits longer. */
const TTL_MOST = 86_400_000
/** After failures: 1, 2, 4 … 30 s. */
const BACKOFF = 1_000
const BACKOFF_MOST = 30_000

const NONE: readonly string[] = []

/** What `pool.ts` needs to know of names. */
export interface Names {
  /** The addresses of `host`, from memory, the first to be tried first; empty: none is known. An address is its own. */
  addresses(host: string): readonly string[]
  /** Its first look-up has not ended yet. */
  isPending(host: string): boolean
  /** Keeps `host` looked up until the end. `changed` is called when the first look-up has ended and when addresses change. */
  watch(host: string, changed: () => void): End
}

export interface ResolverOptions {
  readonly wheel: Wheel
  readonly lookUp: LookUp
  /** Told once when look-ups of a name begin to fail, and once when they succeed again: a sentence for the log. */
  readonly report: (message: string) => void
}

class Name extends Timed {
  readonly host: string
  readonly watchers = new Set<() => void>()
  addresses = NONE
  pending = true
  failures = 0
  #look: (name: Name) => void

  constructor(host: string, look: (name: Name) => void) {
    super()
    this.host = host
    this.#look = look
  }

  onDue(): void {
    this.#look(this)
  }
}

export class Resolver implements Names {
  readonly #options: ResolverOptions
  readonly #names = new Map<string, Name>()
  #ended = false

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  addresses(host: string): readonly string[] {
    const name = this.#names.get(host)
    if (name !== undefined) return name.addresses
    const literal = parseAddress(host)
    return literal === undefined ? NONE : [literal]
  }

  isPending(host: string): boolean {
    return this.#names.get(host)?.pending ?? false
  }

  watch(host: string, changed: () => void): End {
    if (parseAddress(host) !== undefined || this.#ended) return () => {}
    let name = this.#names.get(host)
    if (name === undefined) {
      name = new Name(host, (one) => void this.#look(one))
      this.#names.set(host, name)
      void this.#look(name)
    }
    const kept = name
    // A wrapper: the same function may watch twice.
    const watcher = (): void => changed()
    kept.watchers.add(watcher)
    return () => {
      if (kept.watchers.delete(watcher) && kept.watchers.size === 0) this.#forget(kept)
    }
  }

  /** Ends every look-up. */
  end(): void {
    this.#ended = true
    for (const name of this.#names.values()) this.#forget(name)
    this.#options.lookUp.end()
  }

  #forget(name: Name): void {
    this.#names.delete(name.host)
    name.watchers.clear()
    this.#options.wheel.disarm(name)
  }

  async #look(name: Name): Promise<void> {
    const answer = await this.#options.lookUp.find(name.host)
    if (this.#names.get(name.host) !== name) return
    const { wheel, report } = this.#options
    const first = name.pending
    name.pending = false
    if (answer.ok) {
      if (name.failures > 0) report(`\`${name.host}\` resolves again: ${answer.addresses.join(', ')}`)
      name.failures = 0
      const changed = !isSame(name.addresses, answer.addresses)
      name.addresses = answer.addresses
      const ttl = Math.min(TTL_MOST, Math.max(TTL_LEAST, answer.ttl))
      if (answer.ttl !== Infinity) wheel.arm(name, wheel.now + ttl)
      if (first || changed) this.#tell(name)
      return
    }
    if (name.failures === 0) report(failure(name.host, answer.reason, name.addresses))
    wheel.arm(name, wheel.now + Math.min(BACKOFF_MOST, BACKOFF * 2 ** name.failures))
    name.failures++
    if (first) this.#tell(name)
  }

  #tell(name: Name): void {
    for (const watcher of name.watchers) watcher()
  }
}

function failure(host: string, reason: string, kept: readonly string[]): string {
  const consequence = kept.length === 0 ? 'its endpoints are down until it does' : `${kept.join(', ')} stays in use`
  return `\`${host}\` does not resolve: ${reason}; ${consequence}`
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((address, i) => address === b[i])
