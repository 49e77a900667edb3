// Values by host: exact names, then wildcards from the longest, then what stands for any host.
import { parseAddress } from '../base/ip.ts'
import { canonicalAuthority } from '../http/uri.ts'

export class HostMap<V> {
  readonly #exact = new Map<string, V>()
  /** By the text after `*`: `.shop.example`. */
  readonly #wildcards = new Map<string, V>()
  #any: V | undefined = undefined

  /** The value of a host as written in a match (undefined: any), made if there is none yet. */
  at(host: string | undefined, make: () => V): V {
    if (host === undefined) return (this.#any ??= make())
    const [map, key] = host.startsWith('*') ? ([this.#wildcards, host.slice(1)] as const) : ([this.#exact, host] as const)
    let value = map.get(key)
    if (value === undefined) map.set(key, (value = make()))
    return value
  }

  /** Offers the values for a canonical host, most specific first, until one is taken. */
  some(host: string, take: (value: V) => boolean): boolean {
    const exact = this.#exact.size > 0 ? this.#exact.get(host) : undefined
    if (exact !== undefined && take(exact)) return true
    if (this.#wildcards.size > 0) {
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        const wildcard = this.#wildcards.get(host.slice(dot))
        if (wildcard !== undefined && take(wildcard)) return true
      }
    }
    return this.#any !== undefined && take(this.#any)
  }
}

/** Undefined when a match may name this host, else why not. IPv6 addresses stand without brackets. */
export function hostProblem(host: string | undefined): string | undefined {
  if (host === undefined) return undefined
  const name = host.startsWith('*.') ? host.slice(2) : host
  if (name === host && parseAddress(name) === name) return undefined
  if (!name.includes(':') && canonicalAuthority(name, 'http') === name) return undefined
  return `\`${host}\` is no host to match: a lower-case name or address without port, or \`*.\` before a name`
}
