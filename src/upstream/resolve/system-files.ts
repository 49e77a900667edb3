// The two files by which a machine says how names are looked up: hosts(5) and resolv.conf(5), read as the C library reads them.
import { isIP } from 'node:net'
import { parseAddress } from '../../base/ip.ts'

/** Servers beyond the third are not asked (MAXNS of resolv.conf(5)). */
const SERVERS_MOST = 3
/** Domains beyond the sixth are not tried, as in glibc before 2.26: each one costs two queries a name. */
const DOMAINS_MOST = 6

/** What resolv.conf says. Times in milliseconds. */
export interface ResolvConf {
  /** Addresses, with a port where it is not 53. Never empty. */
  readonly servers: readonly string[]
  /** Domains that are put behind a name, in order, without dots at either end. */
  readonly search: readonly string[]
  /** A name with at least this many dots is first tried as it is. */
  readonly ndots: number
  /** For the first try of one server. 1,000–30,000. */
  readonly timeout: number
  /** Rounds over all servers. 1–5. */
  readonly attempts: number
}

/** Reads resolv.conf; what it does not say, and the whole of a file that does not exist (''), has the usual defaults. */
export function readResolvConf(text: string): ResolvConf {
  const servers: string[] = []
  const options = new Map<string, number>()
  let search: readonly string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.replace(/[#;].*$/, '').split(/[ \t\r]+/)
    if (keyword === 'nameserver' && words[0] !== undefined && isIP(words[0]) !== 0) servers.push(words[0])
    // The last of `search` and `domain` holds (resolv.conf(5)).
    else if (keyword === 'search' || keyword === 'domain')
      search = (keyword === 'domain' ? words.slice(0, 1) : words).map(undotted).filter((domain) => domain !== '')
    else if (keyword === 'options') {
      for (const word of words) {
        const option = /^(ndots|timeout|attempts):([0-9]{1,4})$/.exec(word)
        if (option !== null) options.set(option[1] as string, Number(option[2]))
      }
    }
  }
  return {
    servers: servers.length === 0 ? ['127.0.0.1'] : servers.slice(0, SERVERS_MOST),
    search: search.slice(0, DOMAINS_MOST),
    ndots: Math.min(15, options.get('ndots') ?? 1),
    // Half of what the C library waits: a look-up that is tried again later may give up sooner.
    timeout: clamp(options.get('timeout') ?? 2, 1, 30) * 1_000,
    attempts: clamp(options.get('attempts') ?? 2, 1, 5),
  }
}

/** The names to ask for, in order (resolv.conf(5), `ndots`). */
export function searchedNames(name: string, { search, ndots }: ResolvConf): readonly string[] {
  if (name.endsWith('.')) return [undotted(name)]
  const searched = search.map((domain) => `${name}.${domain}`)
  return name.split('.').length > ndots ? [name, ...searched] : [...searched, name]
}

/** Name (lower-case) → addresses in canonical spelling, in the order of the file. Lines that cannot be read are passed over. */
export function readHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [first = '', ...names] = line.replace(/#.*$/, '').split(/[ \t\r]+/)
    const address = parseAddress(first)
    if (address === undefined) continue
    for (const name of names) {
      const key = undotted(name).toLowerCase()
      const known = hosts.get(key)
      if (known === undefined) hosts.set(key, [address])
      else if (!known.includes(address)) known.push(address)
    }
  }
  return hosts
}

const undotted = (name: string): string => name.replace(/^\.+|\.+$/g, '')
const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))
