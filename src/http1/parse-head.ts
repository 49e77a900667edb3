// A complete request head, bytes to `Http1Request`: the request line, Host, framing and every field's role, by wire policy 1–8.
// Before it on the way: `server-connection.ts`, which found the end of the head. After it: `serve/exchange.ts`.
import type { FaultCode } from '../base/fault.ts'
import { latin1 } from '../base/latin1.ts'
import { FieldBlock } from '../http/field-block.ts'
import { METHODS } from '../http/method.ts'
import type { Fields, RequestHead } from '../http/message.ts'
import { canonicalAuthority, CanonicalPath, canonicalPath, isQuery } from '../http/uri.ts'
import { readConnection } from './connection-options.ts'
import { eachListElement, equalsIgnoreCase, LF, CR, SPACE, TARGET, TOKEN } from './grammar.ts'
import { readFraming } from './framing.ts'
import { badByteFault, findBadByte, infos, marks, scanFields, scanned } from './head-fields.ts'
import { lowerName, Role } from './names.ts'
import type { NameInfo } from './names.ts'

/** What was seen in a head, beyond what it says: bits of `Http1Request.seen`. */
export const Seen = { trace: 1, requestId: 2, sensitive: 4, conditional: 8, cdnLoop: 16 } as const

/** A request head as HTTP/1.1 brought it: the neutral head, and what only this protocol or the exchange's first steps need. */
export class Http1Request implements RequestHead {
  method = ''
  scheme: 'http' | 'https'
  authority = ''
  path = ''
  /** The path with its empty segments kept; equal to `path` when there were none. */
  unmerged = ''
  /** Bits of `PathOddity` found in the path. */
  oddities = 0
  query = ''
  bodyLength = 0
  upgrade = false
  expectContinue = false
  wantsTrailers = false
  http10 = false
  /** The connection ends with this exchange: said by the client, or HTTP/1.0 without keep-alive. */
  close = false
  seen = 0
  /** Values of X-Forwarded-For and Forwarded, which never stand in `fields`. */
  forwardedFor: string | undefined = undefined
  forwarded: string | undefined = undefined
  forwardedProto: 'http' | 'https' | undefined = undefined
  webSocketKey: string | undefined = undefined
  readonly block = new FieldBlock(lowerName)

  constructor(scheme: 'http' | 'https') {
    this.scheme = scheme
  }

  /** The fields that are passed on, one by one: made at first use. */
  get fields(): Fields {
    return this.block.list
  }
}

/** The limits that a head is held to. */
export interface HeadLimits {
  readonly headers: number
  readonly target: number
}

const canonical = new CanonicalPath()

/**
 * Parses the head that begins at `start`. Returns the offset behind it, or a fault, which may also mean that the head is not whole: the
 * caller looks for its end only then. `known` is an authority in canonical form that the head's Host will probably equal.
 */
export function parseRequestHead(bytes: Buffer, start: number, limits: HeadLimits, head: Http1Request, known = ''): number | FaultCode {
  let i = start
  while (TOKEN[bytes[i] as number] === 1) i++
  if (i === start || bytes[i] !== SPACE) return 'bad_method'
  const methodEnd = i
  const targetStart = ++i
  let byte = bytes[i] as number
  while (TARGET[byte] === 1) byte = bytes[++i] as number
  const targetEnd = i
  if (byte !== SPACE) return byte === CR || byte === LF ? 'bad_request_line' : 'bad_target'
  const version = parseVersion(bytes, i + 1)
  if (typeof version === 'string') return version
  head.http10 = version === 0
  if (targetEnd === targetStart) return 'bad_request_line'
  const method = methodAt(bytes, start, methodEnd)
  if (method === undefined) return 'unknown_method'
  head.method = method
  if (targetEnd - targetStart > limits.target) return 'target_too_long'
  const count = scanFields(bytes, i + 11, limits.headers)
  if (typeof count === 'string') return count
  // One string for the whole head; everything below is a slice of it.
  const { end } = scanned
  const text = latin1(bytes, start, end)
  const fault = readTarget(text.slice(targetStart - start, targetEnd - start), head) ?? readFields(text, start, count, head, known)
  return fault ?? end
}

/** The fault of a head in bytes[start, end) that `parseRequestHead` refused: a byte that can stand in no head decides before all else. */
export function headFault(bytes: Buffer, start: number, end: number, fault: FaultCode): FaultCode {
  const bad = findBadByte(bytes, start, end)
  return bad < 0 ? fault : badByteFault(bytes[bad] as number, bad === start)
}

/**
 * The method of a head that begins at `start` and is refused, '' for none that we know. However much of it has come and whatever is wrong
 * with it: a refused HEAD is answered without a body at any split.
 */
export function methodOf(bytes: Buffer, start: number): string {
  let end = start
  while (TOKEN[bytes[end] as number] === 1) end++
  return bytes[end] === SPACE ? (methodAt(bytes, start, end) ?? '') : ''
}

/** The target of such a head as it came, or as much of it as a log line can use. */
export function targetOf(bytes: Buffer, start: number, end: number): string {
  const space = bytes.indexOf(SPACE, start)
  if (space < 0 || space >= end) return ''
  let to = space + 1
  while (to < end && to - space <= SHOWN && bytes[to] !== SPACE && bytes[to] !== CR && bytes[to] !== LF) to++
  return latin1(bytes, space + 1, to)
}

const SHOWN = 1_024

// By length and first letter; then the bytes are compared. A method that we know becomes the one string that stands for it.
function methodAt(bytes: Buffer, start: number, end: number): string | undefined {
  for (const method of METHODS) {
    if (method.length !== end - start || method.charCodeAt(0) !== bytes[start]) continue
    let i = 1
    while (i < method.length && method.charCodeAt(i) === bytes[start + i]) i++
    if (i === method.length) return method
  }
  return undefined
}

// "HTTP/1.1" CR LF, byte for byte; returns the minor version or a fault.
function parseVersion(bytes: Buffer, at: number): 0 | 1 | FaultCode {
  const named = bytes[at] === 0x48 && bytes[at + 1] === 0x54 && bytes[at + 2] === 0x54 && bytes[at + 3] === 0x50 && bytes[at + 4] === 0x2f
  const major = bytes[at + 5] as number
  const minor = bytes[at + 7] as number
  const digits = major >= 0x30 && major <= 0x39 && minor >= 0x30 && minor <= 0x39 && bytes[at + 6] === 0x2e
  if (!named || !digits) return 'bad_request_line'
  if (bytes[at + 8] !== CR || bytes[at + 9] !== LF)
    return bytes[at + 8] === CR || bytes[at + 8] === LF ? 'bad_line_ending' : 'bad_request_line'
  if (major !== 0x31 || minor > 0x31) return 'bad_version'
  return minor === 0x31 ? 1 : 0
}

/** Splits the target (RFC 9112 §3.2) into path and query; an absolute-form's authority is kept in `head.authority` for `checkHost`. */
function readTarget(target: string, head: Http1Request): FaultCode | undefined {
  let origin = target
  if (target.charCodeAt(0) !== 0x2f) {
    if (target === '*') {
      if (head.method !== 'OPTIONS') return 'bad_target'
      head.path = head.unmerged = '*'
      return undefined
    }
    const scheme = `${head.scheme}://`
    if (!equalsIgnoreCase(target.slice(0, scheme.length), scheme)) return 'bad_target'
    let slash = target.slice(scheme.length).search(/[/?]/)
    if (slash < 0) slash = target.length - scheme.length
    const authority = canonicalAuthority(target.slice(scheme.length, scheme.length + slash), head.scheme)
    if (authority === undefined) return 'bad_target'
    head.authority = authority
    origin = target.slice(scheme.length + slash)
    if (origin.charCodeAt(0) !== 0x2f) origin = `/${origin}`
  }
  const question = origin.indexOf('?')
  const rawPath = question < 0 ? origin : origin.slice(0, question)
  if (question >= 0) {
    head.query = origin.slice(question + 1)
    if (!isQuery(head.query)) return 'bad_target'
  }
  const fault = canonicalPath(rawPath, canonical)
  if (fault !== undefined) return fault
  head.path = canonical.path
  head.unmerged = canonical.unmerged
  head.oddities = canonical.oddities
  return undefined
}

function readFields(text: string, start: number, count: number, head: Http1Request, known: string): FaultCode | undefined {
  const { block } = head
  let host: string | undefined
  let length: string | undefined
  let coding: string | undefined
  let connection: string | undefined
  let upgrade: string | undefined
  // The lines to pass on come in runs; a run ends where a line is taken out.
  let run = 0
  let line = 0
  let bits = 0
  for (let field = 0; field < count; field++) {
    const info = infos[field] as NameInfo
    const role = info.request
    const mark = field * 4
    line = (marks[mark] as number) - start
    const next = (marks[mark + 3] as number) - start
    if (field === 0) run = line
    if (role === Role.end) {
      bits |= info.bit
      continue
    }
    const from = (marks[mark + 1] as number) - start
    const to = (marks[mark + 2] as number) - start
    // Nearly always the authority of the request before, and then that very string.
    const again = role === Role.host && to - from === known.length && text.startsWith(known, from)
    const value = again ? known : text.slice(from, to)
    switch (role) {
      case Role.host:
        if (host !== undefined) return 'bad_host'
        host = value
        break
      case Role.contentLength:
        if (length !== undefined) return 'bad_content_length'
        length = value
        break
      case Role.transferEncoding:
        if (coding !== undefined) return 'bad_transfer_encoding'
        coding = value
        break
      case Role.connection:
        connection = connection === undefined ? value : `${connection},${value}`
        break
      case Role.upgrade:
        upgrade = upgrade === undefined ? value : `${upgrade},${value}`
        break
      case Role.expect:
        // Anything but the one expectation that exists is refused: obfuscated ones have desynchronised proxies.
        if (!equalsIgnoreCase(value, '100-continue')) return 'bad_expect'
        head.expectContinue = true
        break
      case Role.te:
        if (!eachListElement(value, (element) => !equalsIgnoreCase(element, 'trailers'))) head.wantsTrailers = true
        break
      case Role.forwardedFor:
        head.forwardedFor = head.forwardedFor === undefined ? value : `${head.forwardedFor}, ${value}`
        break
      case Role.forwarded:
        head.forwarded = head.forwarded === undefined ? value : `${head.forwarded}, ${value}`
        break
      case Role.forwardedProto:
        head.forwardedProto = equalsIgnoreCase(value, 'https') ? 'https' : equalsIgnoreCase(value, 'http') ? 'http' : undefined
        break
      case Role.alias:
        return 'bad_field_name'
      case Role.drop:
        break
      default:
        // Passed on, and remembered.
        bits |= info.bit
        head.seen |= seenBit(role)
        if (role === Role.webSocketKey) head.webSocketKey = value
        continue
    }
    if (line > run) block.addLines(text.slice(run, line))
    run = next
  }
  if (count > 0 && text.length - 2 > run) block.addLines(text.slice(run, text.length - 2))
  block.bits = bits
  return readFraming(head, length, coding) ?? readHost(head, host, known) ?? readConnection(head, connection, upgrade)
}

function seenBit(role: Role): number {
  if (role === Role.trace) return Seen.trace
  if (role === Role.requestId) return Seen.requestId
  if (role === Role.sensitive) return Seen.sensitive
  if (role === Role.conditional) return Seen.conditional
  return role === Role.cdnLoop ? Seen.cdnLoop : 0
}

/** RFC 9112 §3.2: exactly one Host in 1.1, not empty (RFC 9110 §4.2.1); an absolute-form must name the same authority. */
function readHost(head: Http1Request, host: string | undefined, known: string): FaultCode | undefined {
  if (host === undefined) return head.http10 ? undefined : 'bad_host'
  const authority = host === known && host !== '' ? known : canonicalAuthority(host, head.scheme)
  if (authority === undefined) return 'bad_host'
  // Only an absolute-form has set it before.
  if (head.authority !== '' && head.authority !== authority) return 'authority_mismatch'
  head.authority = authority
  return undefined
}
