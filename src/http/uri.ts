// The grammar of request targets (wire policy 3 and 6, RFC 3986): one canonical spelling for every path and every authority, so that
// router, policies, log and upstream cannot read the same request in two ways. Runs once a request, before `route/table.ts`.
import { parseAddress, urlHost } from '../base/ip.ts'
import type { FaultCode } from '../base/fault.ts'

/** What a path holds that a route must have opted in to (`path: { encoded, emptySegments }`), as bits. */
export const PathOddity = {
  slash: 1,
  backslash: 2,
  semicolon: 4,
  question: 8,
  hash: 16,
  emptySegments: 32,
} as const

/** The outcome of `canonicalPath`. The caller keeps one and has it filled again and again. */
export class CanonicalPath {
  /** The canonical path: what is routed, judged, logged and sent. */
  path = ''
  /** The same with its inner and trailing empty segments kept; merging them gives `path`. Never starts with `//`. */
  unmerged = ''
  /** Bits of `PathOddity`; `emptySegments` is set exactly when `unmerged` differs from `path`. */
  oddities = 0
}

const SLASH = 0x2f
const DOT = 0x2e
const PERCENT = 0x25
const COLON = 0x3a

// Classes of ASCII characters, as bits.
const UNRESERVED = 1
const IN_PATH = 2
const IN_NAME = 4
const classes = new Uint8Array(128)
const LETTERS_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
for (const c of `${LETTERS_AND_DIGITS}-._~`) classes[c.charCodeAt(0)] = UNRESERVED | IN_PATH
for (const c of "!$&'()*+,;=:@/") classes[c.charCodeAt(0)] = IN_PATH
// What a canonical name is made of. RFC 3986 also allows sub-delims and escapes in a reg-name; no name that resolves has them, and
// lists (`a,b`) and second spellings (`%61`) hide there, so they are refused.
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789-_~') classes[c.charCodeAt(0)] = (classes[c.charCodeAt(0)] as number) | IN_NAME

const isOf = (code: number, kind: number): boolean => code < 128 && ((classes[code] as number) & kind) !== 0

// Patterns of single characters: no backtracking, and on a slice of a head three times as fast as a loop over charCodeAt.
const NOT_PLAIN = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]|\/[./]/
const NOT_QUERY = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%|{}[\]]/

/** True when `raw` is canonical at a glance: nothing escaped, no empty segment, no segment that begins with a dot. One pass, no allocation. */
export const isPlainPath = (raw: string): boolean => raw.charCodeAt(0) === SLASH && !NOT_PLAIN.test(raw)

/**
 * Reads the path of a request target (no query) into `out`: unreserved characters are decoded once, other escapes kept and upper-cased,
 * dot segments resolved (RFC 3986 §5.2.4), empty segments merged first, so that `/a//../b` is `/b`. `bad_path`: no leading slash, a
 * character outside the URI grammar, a malformed escape, an escaped control, escapes that are no UTF-8, a dot segment with `;` or an
 * encoded delimiter beside it, climbing above the root. `out` means nothing after a fault. Canonical paths come back unchanged.
 */
export function canonicalPath(raw: string, out: CanonicalPath): FaultCode | undefined {
  out.oddities = 0
  if (isPlainPath(raw)) {
    out.path = out.unmerged = raw
    return undefined
  }
  if (raw.charCodeAt(0) !== SLASH) return 'bad_path'
  if (raw.length > scratch.length) scratch = Buffer.allocUnsafeSlow(raw.length)
  const decoded = decodeUnreserved(raw, out)
  if (decoded === -1 || HIDDEN_DOTS.test(text(decoded))) return 'bad_path'
  const resolved = resolveDots(decoded)
  if (resolved === -1) return 'bad_path'
  out.unmerged = text(resolved)
  const merged = mergeSlashes(resolved)
  out.path = merged === resolved ? out.unmerged : text(merged)
  if (merged !== resolved) out.oddities |= PathOddity.emptySegments
  return undefined
}

// Where paths that are not plain are worked on, byte by byte. Grows to the longest target that the limits let in.
let scratch = Buffer.allocUnsafeSlow(8192)
const text = (length: number): string => scratch.toString('latin1', 0, length)

// A dot segment that ends at `;` or at an encoded delimiter, or follows an encoded slash: Tomcat cuts `;x` off, others decode late, and
// what they then resolve is not what was routed.
const HIDDEN_DOTS = /(?:\/|%2F|%5C)\.{1,2}(?:;|%3B|%2F|%5C|%3F|%23)|(?:%2F|%5C)\.{1,2}(?:\/|$)/

/** Writes the path with unreserved characters decoded; its length, or -1 when it is malformed. Notes encoded delimiters. */
function decodeUnreserved(raw: string, out: CanonicalPath): number {
  let to = 0
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code !== PERCENT) {
      if (!isOf(code, IN_PATH)) return -1
      scratch[to++] = code
      continue
    }
    const byte = escapedByte(raw, i)
    if (byte < 0x20 || byte === 0x7f) return -1
    const escapes = byte < 0x80 ? 1 : utf8Length(raw, i, byte)
    if (escapes === 0) return -1
    if (isOf(byte, UNRESERVED)) {
      scratch[to++] = byte
    } else {
      out.oddities |= oddityOf(byte)
      for (let end = i + 3 * escapes, at = i; at < end; at++) scratch[to++] = upperHex(raw.charCodeAt(at))
    }
    i += 3 * escapes - 1
  }
  return to
}

const upperHex = (code: number): number => (code >= 0x61 ? code - 0x20 : code)

/** Resolves dot segments in place; the new length, or -1 when they climb above the root. Leading empty segments go. */
function resolveDots(length: number): number {
  let to = 1
  for (let from = 1, end = 1; from <= length; from = end + 1) {
    for (end = from; end < length && scratch[end] !== SLASH;) end++
    const dots = dotsOf(from, end)
    if (dots === 2) {
      // Empty segments count for nothing: what `..` takes back is the last one with a name.
      for (to--; to > 0 && scratch[to - 1] === SLASH;) to--
      if (to === 0) return -1
      while (scratch[to - 1] !== SLASH) to--
    } else if (dots === 0) {
      for (let i = from; i < end; i++) scratch[to++] = scratch[i] as number
      if (end < length && (end > from || to > 1)) scratch[to++] = SLASH
    }
  }
  return to
}

/** 1 for the segment `.`, 2 for `..`, 0 for others. */
function dotsOf(from: number, end: number): number {
  const size = end - from
  if (size < 1 || size > 2 || scratch[from] !== DOT || scratch[end - 1] !== DOT) return 0
  return size
}

/** Merges empty segments in place; the new length. */
function mergeSlashes(length: number): number {
  let to = 1
  for (let i = 1; i < length; i++) if (scratch[i] !== SLASH || scratch[i - 1] !== SLASH) scratch[to++] = scratch[i] as number
  return to
}

function oddityOf(byte: number): number {
  switch (byte) {
    case 0x2f:
      return PathOddity.slash
    case 0x5c:
      return PathOddity.backslash
    case 0x3b:
      return PathOddity.semicolon
    case 0x3f:
      return PathOddity.question
    case 0x23:
      return PathOddity.hash
    default:
      return 0
  }
}

/** The byte that the escape at `at` stands for; -1 when there is no whole escape. */
function escapedByte(raw: string, at: number): number {
  if (raw.charCodeAt(at) !== PERCENT) return -1
  const high = hexDigit(raw.charCodeAt(at + 1))
  const low = hexDigit(raw.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** How many escapes from `at` on make one well-formed UTF-8 character (Unicode table 3-7: no overlong forms, no surrogates); 0: none. */
function utf8Length(raw: string, at: number, lead: number): number {
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  for (let n = 1; n < length; n++) {
    const byte = escapedByte(raw, at + 3 * n)
    const least = n > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = n > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (byte < least || byte > most) return 0
  }
  return length
}

/**
 * True when `query` (without `?`) may pass unchanged: the URI grammar, and `| { } [ ]`, which clients send raw. Escapes are not looked
 * into: nothing here decodes a query as a whole.
 */
export const isQuery = (query: string): boolean => !NOT_QUERY.test(query)

/**
 * The one spelling of a Host field's or target's authority (A126): lower-case, without default or empty port, without one trailing dot,
 * IPv6 by RFC 5952, an IPv4-mapped address as IPv4. Undefined when it is malformed: no host, userinfo, a port above 65535.
 */
export function canonicalAuthority(raw: string, scheme: 'http' | 'https'): string | undefined {
  const end = nameEnd(raw)
  if (end === raw.length && end > 0 && end < 256) return raw
  if (raw.length > 0 && raw.charCodeAt(0) === 0x5b) {
    const close = raw.indexOf(']')
    const inner = raw.slice(1, close)
    const address = close > 0 && inner.includes(':') ? parseAddress(inner) : undefined
    if (address === undefined) return undefined
    return withPort(urlHost(address), raw, close + 1, scheme)
  }
  const colon = raw.indexOf(':')
  const written = colon === -1 ? raw : raw.slice(0, colon)
  const name = end > 0 ? written : lowerName(written)
  return name === undefined || name.length === 0 || name.length > 255
    ? undefined
    : withPort(name, raw, colon === -1 ? raw.length : colon, scheme)
}

/** The host of a canonical authority: no port, IPv6 without brackets. */
export function hostOf(authority: string): string {
  if (authority.charCodeAt(0) === 0x5b) return authority.slice(1, authority.indexOf(']'))
  const colon = authority.indexOf(':')
  return colon === -1 ? authority : authority.slice(0, colon)
}

/** Host (IPv6 without brackets) and port of a canonical authority; the port is undefined where the scheme's default is meant. */
export function splitAuthority(authority: string): { host: string; port: number | undefined } {
  const colon = authority.lastIndexOf(':')
  // wire-safe: a canonical port is digits
  const port = colon > authority.lastIndexOf(']') ? Number(authority.slice(colon + 1)) : undefined
  return { host: hostOf(authority), port }
}

/** Up to where `raw` is a canonical name: labels of lower-case letters, digits, `-`, `_`, `~`, none of them empty. */
function nameEnd(raw: string): number {
  let previous = DOT
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code === COLON && previous !== DOT) return i
    if (code === DOT ? previous === DOT : !isOf(code, IN_NAME)) return -1
    previous = code
  }
  return previous === DOT ? -1 : raw.length
}

function lowerName(written: string): string | undefined {
  const dotless = written.endsWith('.') ? written.slice(0, -1) : written
  // Checked first: on anything but ASCII, toLowerCase folds more than letters (U+212A is a `k`) (A9).
  for (let i = 0; i < dotless.length; i++) if (!isOf(dotless.charCodeAt(i), UNRESERVED)) return undefined
  const name = dotless.toLowerCase()
  return nameEnd(name) === name.length ? name : undefined
}

/** `host` with the port that `raw` names from `at` on, or undefined when something else follows there. */
function withPort(host: string, raw: string, at: number, scheme: 'http' | 'https'): string | undefined {
  if (at === raw.length) return host
  if (raw.charCodeAt(at) !== COLON || raw.length - at > 6) return undefined
  let port = 0
  for (let i = at + 1; i < raw.length; i++) {
    const digit = raw.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return undefined
    port = port * 10 + digit
  }
  if (port > 65_535) return undefined
  return at + 1 === raw.length || port === (scheme === 'http' ? 80 : 443) ? host : `${host}:${port}`
}

/**
 * `value` as one path segment: everything but unreserved characters escaped as UTF-8. Undefined for what no segment can say: the empty
 * text, `.` and `..` (escaping their dots changes nothing: they are unreserved).
 */
export const encodeSegment = (value: string): string | undefined =>
  value === '' || value === '.' || value === '..' ? undefined : encodeStrict(value)

/** `value` as one value in a query: everything but unreserved characters escaped as UTF-8. */
export const encodeQueryValue = (value: string): string => encodeStrict(value)

// encodeURIComponent leaves `!'()*`, which are sub-delims; and it throws on lone surrogates.
const encodeStrict = (value: string): string =>
  encodeURIComponent(value.toWellFormed()).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
