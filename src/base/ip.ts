// IP addresses as text: one strict canonical spelling for each, and sets of trusted peers by CIDR block.
import { BlockList } from 'node:net'

const DOT = 0x2e
const COLON = 0x3a
const ZERO = 0x30

/**
 * The canonical text of an IPv4 or IPv6 address, or undefined when `text` is not exactly one. IPv4 is four decimal octets without
 * leading zeros (an octal reading differs between systems); IPv6 is written by RFC 5952; an IPv4-mapped address (RFC 4291 §2.5.5.2), in
 * whatever notation, is the IPv4 address. No zone, no brackets, no port, no surrounding space.
 */
export function parseAddress(text: string): string | undefined {
  if (!text.includes(':')) return isIpv4(text) ? text : undefined
  const groups = parseIpv6(text)
  if (groups === undefined) return undefined
  return isMapped(groups) ? dotted(groups) : formatIpv6(groups)
}

/** True for one address or one CIDR block (`10.0.0.0/8`, `2001:db8::/32`); a prefix length has no leading zeros. */
export const isCidr = (text: string): boolean => parseCidr(text) !== undefined

/** The peers whose word about the client is believed. Lookups take addresses in any valid text; what is not an address is in no set. */
export class TrustedPeers {
  readonly empty: boolean
  // One list a family: in a common one `::/0` would also hold every IPv4 address.
  readonly #blocks = { ipv4: new BlockList(), ipv6: new BlockList() }

  /** Throws a TypeError for what `isCidr` refuses: the configuration has checked it before. */
  constructor(cidrs: readonly string[]) {
    this.empty = cidrs.length === 0
    for (const text of cidrs) {
      const cidr = parseCidr(text)
      if (cidr === undefined) throw new TypeError(`not an address or CIDR block: ${JSON.stringify(text)}`)
      const family = familyOf(cidr.address)
      this.#blocks[family].addSubnet(cidr.address, cidr.prefix, family)
    }
  }

  has(address: string): boolean {
    if (this.empty) return false
    const canonical = parseAddress(address)
    if (canonical === undefined) return false
    const family = familyOf(canonical)
    return this.#blocks[family].check(canonical, family)
  }
}

/** A block of addresses as it was written: `address` need not be its first one. */
export interface Cidr {
  /** In canonical text. */
  readonly address: string
  /** Bits that count, of 32 or 128. */
  readonly prefix: number
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4')

/** One address or one CIDR block, or undefined when `text` is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const written = slash === -1 ? text : text.slice(0, slash)
  const address = parseAddress(written)
  if (address === undefined) return undefined
  const bits = written.includes(':') ? 128 : 32
  const prefix = slash === -1 ? bits : parseSmall(text, slash + 1, text.length, bits)
  if (prefix === -1) return undefined
  if (bits === 32 || address.includes(':')) return { address, prefix }
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8. A block that reaches beyond the mapped range has no IPv4 spelling: written out as IPv6, it would
  // silently miss the IPv4 peers that it seems to name.
  return prefix >= 96 ? { address, prefix: prefix - 96 } : undefined
}

/** A decimal number without leading zeros in `text[start, end)`, at most `max`; -1 when it is not one. */
function parseSmall(text: string, start: number, end: number, max: number): number {
  const length = end - start
  if (length < 1 || length > 3 || (length > 1 && text.charCodeAt(start) === ZERO)) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value > max ? -1 : value
}

const isIpv4 = (text: string): boolean => octets(text, 0) !== undefined

/** The 32 bits of the dotted address that fills `text` from `start`, as a number without sign; undefined when that is none. */
export function octets(text: string, start = 0): number | undefined {
  if (text.length - start > 15) return undefined
  let bits = 0
  let from = start
  for (let part = 0; part < 4; part++) {
    let end = from
    while (end < text.length && text.charCodeAt(end) !== DOT) end++
    const octet = parseSmall(text, from, end, 255)
    if (octet === -1 || (end === text.length) !== (part === 3)) return undefined
    bits = bits * 256 + octet
    from = end + 1
  }
  return bits
}

/** The eight groups of an IPv6 address (RFC 3986 §3.2.2), or undefined. */
export function parseIpv6(text: string): number[] | undefined {
  if (text.length > 45) return undefined
  const groups: number[] = []
  let gap = -1
  let at = 0
  if (text.startsWith('::')) {
    gap = 0
    at = 2
  }
  while (at < text.length) {
    if (groups.length === 8) return undefined
    let end = at
    let value = 0
    for (; end < text.length; end++) {
      const digit = hexDigit(text.charCodeAt(end))
      if (digit === -1) break
      value = value * 16 + digit
    }
    if (end < text.length && text.charCodeAt(end) === DOT) {
      const bits = octets(text, at)
      if (bits === undefined || groups.length > 6) return undefined
      groups.push(Math.floor(bits / 65_536), bits % 65_536)
      at = text.length
      break
    }
    if (end === at || end - at > 4) return undefined
    groups.push(value)
    if (end === text.length) break
    if (text.charCodeAt(end) !== COLON) return undefined
    at = end + 1
    if (at === text.length) return undefined
    if (text.charCodeAt(at) !== COLON) continue
    if (gap !== -1) return undefined
    gap = groups.length
    at++
  }
  if (gap === -1) return groups.length === 8 ? groups : undefined
  if (groups.length > 7) return undefined
  groups.splice(gap, 0, ...new Array<number>(8 - groups.length).fill(0))
  return groups
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** True for the groups of an IPv4-mapped address (RFC 4291 §2.5.5.2). */
export const isMapped = (groups: readonly number[]): boolean => groups[5] === 0xffff && groups.every((group, i) => i > 4 || group === 0)

const dotted = (groups: readonly number[]): string => {
  const high = groups[6] as number
  const low = groups[7] as number
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** RFC 5952: lower-case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatIpv6(groups: readonly number[]): string {
  let runAt = -1
  let runLength = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > runLength) {
      runAt = i
      runLength = end - i
    }
    if (end > i) i = end
  }
  const hex = groups.map((group) => group.toString(16))
  if (runAt === -1) return hex.join(':')
  return `${hex.slice(0, runAt).join(':')}::${hex.slice(runAt + runLength).join(':')}`
}

/** A host as it stands in a URL, before a port: an IPv6 address has brackets there (RFC 3986 §3.2.2). */
export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** True for the addresses, in canonical text, that only this machine can reach. */
export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
