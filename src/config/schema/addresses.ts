// Addresses as the operator writes them: URLs of endpoints, hosts, CIDR blocks. Syntax only: nothing is looked up at load.
import { domainToASCII } from 'node:url'
import { isCidr, parseAddress, urlHost } from '../../base/ip.ts'
import { CanonicalPath, canonicalAuthority, canonicalPath, splitAuthority } from '../../http/uri.ts'
import { notYet } from './marks.ts'

type Read<T> = { value: T } | { message: string }

/** What a service's URL comes down to; as `EndpointPlan`, without the weight. */
export interface EndpointAddress {
  readonly url: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly basePath: string
}

const URL_SHAPE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)([?#].*)?$/

/** `http://host[:port][/base]`: no credentials, no query, a base path in canonical spelling. Messages never repeat a user part. */
export function readEndpoint(text: string): Read<EndpointAddress> {
  const match = URL_SHAPE.exec(text)
  if (match === null) return { message: 'must be a URL with scheme and host, for example `http://127.0.0.1:3000`' }
  const [, scheme = '', authority = '', path = '', rest] = match
  if (scheme.toLowerCase() === 'https')
    return { message: notYet('https://', 'TLS to services comes in a later release; services are reached over http://') }
  if (scheme !== 'http') return { message: `\`${scheme}://\` is not a scheme of services; write \`http://\`` }
  if (authority.includes('@'))
    return { message: 'a URL must not hold credentials (`user@`); nothing of them is sent, and they end up in logs' }
  if (rest !== undefined) return { message: 'an endpoint has no query and no fragment; a base path may follow the host' }
  const canonical = canonicalAuthority(authority, 'http')
  if (canonical === undefined) return { message: notAHost(authority) }
  const { host, port = 80 } = splitAuthority(canonical)
  const problem = hostProblem(host)
  if (problem !== undefined) return { message: problem }
  if (port === 0) return { message: 'port 0 cannot be connected to' }
  const base = path.endsWith('/') ? path.slice(0, -1) : path
  if (base !== '' && canonicalOf(base) !== base) return { message: `the base path \`${path}\` is not in its canonical spelling` }
  const shown = urlHost(host)
  return { value: { url: `http://${shown}:${port}`, scheme: 'http', host, port, basePath: base } }
}

/** The authority that services are asked for: a host with an optional port. */
export function readAuthority(text: string): Read<string> {
  const canonical = canonicalAuthority(text, 'http')
  return canonical === undefined ? { message: notAHost(text) } : { value: canonical }
}

function notAHost(text: string): string {
  const ascii = /[^\0-\x7f]/.test(text) ? domainToASCII(text.replace(/:[0-9]*$/, '')) : ''
  return `\`${text}\` is not a host with an optional port${ascii === '' ? '' : `; write the name as it travels: \`${ascii}\``}`
}

/** A host that routes match: exact, or `*.` and a name. Lower-case, without a port. */
export function readHostPattern(text: string): Read<string> {
  const wildcard = text.startsWith('*.')
  const rest = wildcard ? text.slice(2) : text
  if (rest.includes('*')) return { message: `\`${text}\`: a wildcard stands for whole labels at the front: \`*.example.com\`` }
  if (/:[0-9]+$/.test(rest) && !rest.endsWith(']') && parseAddress(rest) === undefined)
    return { message: `\`${text}\`: a host is matched without its port` }
  const bracketed = rest.includes(':') && !rest.startsWith('[') ? `[${rest}]` : rest
  const canonical = canonicalAuthority(bracketed, 'http')
  if (canonical === undefined) return { message: `\`${text}\` is not a host` }
  return { value: wildcard ? `*.${canonical}` : splitAuthority(canonical).host }
}

/** An address that a listener binds, IPv4 or IPv6. No name: it may stand for several, and one socket binds one. */
export function readBindAddress(text: string): Read<string> {
  if (text.toLowerCase() === 'localhost') return { message: '`localhost` is a name of two addresses; write `127.0.0.1` or `::1`' }
  const address = parseAddress(text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text)
  return address === undefined
    ? { message: `\`${text}\` is not an address; write one of this machine, for example \`127.0.0.1\` or \`::\`` }
    : { value: address }
}

export function readCidr(text: string): Read<string> {
  return isCidr(text) ? { value: text } : { message: `\`${text}\` is neither an address nor a block of them, for example \`10.0.0.0/8\`` }
}

/** A dotted name whose last label is a number is an IPv4 address to some readers (`127.1`, `0x7f.1`, `2130706433`) and a name to others. */
function hostProblem(host: string): string | undefined {
  if (parseAddress(host) !== undefined) return undefined
  const last = host.slice(host.lastIndexOf('.') + 1)
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) return `\`${host}\` is not an address in four decimal numbers, and no name ends in a number`
  return undefined
}

function canonicalOf(path: string): string | undefined {
  const out = new CanonicalPath()
  return canonicalPath(path, out) === undefined && out.oddities === 0 ? out.path : undefined
}
