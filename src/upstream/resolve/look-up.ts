// One look-up of a host name: the hosts file, then A and AAAA queries of our own. Nothing of getaddrinfo: it blocks a thread of the pool,
// knows no TTL, and asks sources that an operator of a gateway does not expect.
import { Resolver as DnsResolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import { parseAddress } from '../../base/ip.ts'
import { readHosts, readResolvConf, searchedNames } from './system-files.ts'
import type { ResolvConf } from './system-files.ts'

/** Addresses of one name that are kept; a longer answer is cut. */
export const ADDRESSES_MOST = 64
/** The two files are read again after this many milliseconds, and names of the hosts file looked up again. */
const FILES_FRESH = 10_000

/** What a look-up found, for `ttl` milliseconds, or a sentence on why nothing. Addresses are never empty. */
export type Answer =
  | { readonly ok: true; readonly addresses: readonly string[]; readonly ttl: number }
  | { readonly ok: false; readonly reason: string }

/** Looks one name up. Never rejects. */
export interface LookUp {
  find(host: string): Promise<Answer>
  /** Gives up what is under way. */
  end(): void
}

/** Where the system's files are, and servers (`address` or `address:port`) that take the place of resolv.conf's. */
export interface LookUpOptions {
  readonly clock: Clock
  readonly hosts?: string
  readonly resolvConf?: string
  readonly servers?: readonly string[]
}

/** As the machine is configured. */
export class SystemLookUp implements LookUp {
  readonly #options: LookUpOptions
  #files: Promise<{ hosts: ReadonlyMap<string, readonly string[]>; conf: ResolvConf }> | undefined = undefined
  #readAt = -Infinity
  #dns: { readonly resolver: DnsResolver; readonly key: string } | undefined = undefined

  constructor(options: LookUpOptions) {
    this.#options = options
  }

  async find(host: string): Promise<Answer> {
    const name = host.toLowerCase()
    // RFC 6761 §6.3: never asked of anybody. Which family a service on this machine listens on, the connect finds out.
    if (isLocalhost(name)) return { ok: true, addresses: ['127.0.0.1', '::1'], ttl: Infinity }
    const { hosts, conf } = await this.#system()
    const written = hosts.get(name.replace(/\.$/, ''))
    if (written !== undefined) return { ok: true, addresses: written.slice(0, ADDRESSES_MOST), ttl: FILES_FRESH }
    return this.#search(name, conf)
  }

  end(): void {
    this.#dns?.resolver.cancel()
  }

  /** A server that fails says nothing about a name: the next domain is tried only after it was told that there is no such name. */
  async #search(name: string, conf: ResolvConf): Promise<Answer> {
    const dns = this.#resolver(conf)
    let reason = 'no such name'
    for (const candidate of searchedNames(name, conf)) {
      const [v4, v6] = await Promise.all([
        query(() => dns.resolve4(candidate, { ttl: true })),
        query(() => dns.resolve6(candidate, { ttl: true })),
      ])
      const records = [...v4.records, ...v6.records].slice(0, ADDRESSES_MOST)
      const addresses = [...new Set(records.flatMap(({ address }) => parseAddress(address) ?? []))]
      if (addresses.length > 0) return { ok: true, addresses, ttl: Math.min(...records.map(({ ttl }) => ttl)) * 1_000 }
      const failed = [v4.error, v6.error].find((error) => error !== '' && !ABSENT.has(error))
      if (failed !== undefined) return { ok: false, reason: `${SENTENCES[failed] ?? failed} (${conf.servers.join(', ')})` }
      if (v4.error === 'ENODATA' || v6.error === 'ENODATA') reason = 'the name has no address'
    }
    return { ok: false, reason }
  }

  #resolver({ servers, timeout, attempts }: ResolvConf): DnsResolver {
    const key = JSON.stringify([servers, timeout, attempts])
    if (this.#dns?.key !== key) {
      // A new one: servers cannot be changed under queries.
      const resolver = new DnsResolver({ timeout, tries: attempts })
      resolver.setServers(servers)
      this.#dns = { resolver, key }
    }
    return this.#dns.resolver
  }

  #system(): Promise<{ hosts: ReadonlyMap<string, readonly string[]>; conf: ResolvConf }> {
    const { clock, hosts = '/etc/hosts', resolvConf = '/etc/resolv.conf', servers } = this.#options
    const now = clock.now()
    if (this.#files === undefined || now - this.#readAt >= FILES_FRESH) {
      this.#readAt = now
      this.#files = Promise.all([textOf(hosts), textOf(resolvConf)]).then(([names, conf]) => {
        const said = readResolvConf(conf)
        return { hosts: readHosts(names), conf: servers === undefined ? said : { ...said, servers } }
      })
    }
    return this.#files
  }
}

const isLocalhost = (name: string): boolean => /(?:^|\.)localhost\.?$/.test(name)

/** There is no such name, or it has no record of this type. */
const ABSENT = new Set(['ENOTFOUND', 'ENODATA'])
const SENTENCES: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no name server answered',
  ECONNREFUSED: 'no name server could be reached',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused to answer',
  ECANCELLED: 'the look-up was given up',
}

interface Queried {
  readonly records: readonly { readonly address: string; readonly ttl: number }[]
  readonly error: string
}

async function query(ask: () => Promise<readonly { address: string; ttl: number }[]>): Promise<Queried> {
  try {
    return { records: await ask(), error: '' }
  } catch (error) {
    return { records: [], error: (error as NodeJS.ErrnoException).code ?? 'failed' }
  }
}

const textOf = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '')
