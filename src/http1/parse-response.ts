// A complete response head from a service, bytes to `Http1Response`: services are as hostile as clients (wire policy 12).
// Before it on the way: `client-connection.ts`, which found the end of the head. After it: `upstream/attempt.ts`.
import type { FaultCode } from '../base/fault.ts'
import { latin1 } from '../base/latin1.ts'
import { FieldBlock } from '../http/field-block.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import type { Fields, ResponseHead } from '../http/message.ts'
import { CR, eachListElement, equalsIgnoreCase, LF, lowerAscii, parseContentLength, SPACE, VALUE } from './grammar.ts'
import { infos, marks, scanFields, scanned } from './head-fields.ts'
import { JOIN_MAX, RESPONSE_FIELDS_MAX } from './limits.ts'
import { lowerName, Role } from './names.ts'
import type { NameInfo } from './names.ts'

/** A response head as HTTP/1.1 brought it. */
export class Http1Response implements ResponseHead {
  status = 0
  readonly block = new FieldBlock(lowerName)
  bodyLength = UNKNOWN_LENGTH
  /** The body is chunked; otherwise its length is known, or it ends with the connection. */
  chunked = false
  /** The connection ends with this response. */
  close = false
  /** Transfer-Encoding or Content-Length was there: for 204 and 304, which must not be followed by a body. */
  framed = false
  upgradeWebSocket = false
  webSocketAccept: string | undefined = undefined
  hasDate = false
  /** What came behind the head, if all of a small body did: read as text along with the head. */
  behind = ''
  /** Seconds that the service promises to keep the connection, from Keep-Alive; -1 when it does not say. */
  keepAlive = -1

  /** The fields that are passed on, one by one: made at first use. */
  get fields(): Fields {
    return this.block.list
  }
}

/** Parses the head that begins at `start`. Returns the offset behind it, or a fault, which may also mean that the head is not whole. */
export function parseResponseHead(bytes: Buffer, start: number, head: Http1Response): number | FaultCode {
  // "HTTP/1.1 200 reason" CR LF; the reason is checked and dropped: we write our own.
  const named = bytes[start] === 0x48 && bytes[start + 1] === 0x54 && bytes[start + 2] === 0x54 && bytes[start + 3] === 0x50
  const minor = bytes[start + 7] as number
  if (!named || bytes[start + 4] !== 0x2f || bytes[start + 5] !== 0x31 || bytes[start + 6] !== 0x2e) return 'upstream_bad_head'
  if ((minor !== 0x31 && minor !== 0x30) || bytes[start + 8] !== SPACE) return 'upstream_bad_head'
  let status = 0
  for (let i = start + 9; i < start + 12; i++) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) return 'upstream_bad_head'
    status = status * 10 + digit
  }
  if (status < 100 || status > 599) return 'upstream_bad_head'
  let i = start + 12
  if (bytes[i] === SPACE) while (VALUE[bytes[i] as number] === 1) i++
  if (bytes[i] !== CR || bytes[i + 1] !== LF) return 'upstream_bad_head'
  head.status = status
  const count = scanFields(bytes, i + 2, RESPONSE_FIELDS_MAX)
  if (typeof count === 'string') return count === 'too_many_fields' ? 'upstream_head_too_large' : 'upstream_bad_head'
  const { end } = scanned
  const length = smallBody(bytes, count)
  const whole = length > 0 && end + length <= bytes.length
  const text = latin1(bytes, start, whole ? end + length : end)
  if (whole) head.behind = text.slice(end - start)
  return readFields(text, start, end, count, head, minor === 0x30) ?? end
}

/** The length of a body that is small enough to be read as text at once, as its first Content-Length has it: a guess that decides nothing. */
function smallBody(bytes: Buffer, count: number): number {
  for (let field = 0; field < count; field++) {
    if ((infos[field] as NameInfo).response !== Role.contentLength) continue
    let length = 0
    for (let i = marks[field * 4 + 1] as number; i < (marks[field * 4 + 2] as number); i++) {
      const digit = (bytes[i] as number) - 0x30
      if (digit < 0 || digit > 9) return 0
      length = length * 10 + digit
      if (length > JOIN_MAX) return 0
    }
    return length
  }
  return 0
}

// The head is bytes [start, end); `text` begins with it.
function readFields(text: string, start: number, end: number, count: number, head: Http1Response, http10: boolean): FaultCode | undefined {
  const { block } = head
  let length: string | undefined
  let coding: string | undefined
  let connection: string | undefined
  let upgrade: string | undefined
  let run = 0
  let bits = 0
  for (let field = 0; field < count; field++) {
    const info = infos[field] as NameInfo
    const role = info.response
    bits |= info.bit
    const mark = field * 4
    const line = (marks[mark] as number) - start
    if (field === 0) run = line
    if (role === Role.end || role === Role.via) continue
    if (role === Role.date) {
      head.hasDate = true
      continue
    }
    const value = text.slice((marks[mark + 1] as number) - start, (marks[mark + 2] as number) - start)
    switch (role) {
      case Role.contentLength:
        // Equal copies collapse to one; copies that differ cannot be trusted (RFC 9110 §8.6).
        if (length !== undefined && length !== value) return 'upstream_bad_framing'
        length = value
        break
      case Role.transferEncoding:
        if (coding !== undefined) return 'upstream_bad_framing'
        coding = value
        break
      case Role.connection:
        connection = connection === undefined ? value : `${connection},${value}`
        break
      case Role.upgrade:
        upgrade = value
        break
      case Role.keepAlive:
        head.keepAlive = keepAliveSeconds(value)
        break
      case Role.webSocketAccept:
        head.webSocketAccept = value
        continue
      default:
        break
    }
    if (line > run) block.addLines(text.slice(run, line))
    run = (marks[mark + 3] as number) - start
  }
  const close = end - start - 2
  if (count > 0 && close > run) block.addLines(text.slice(run, close))
  block.bits = bits
  let upgrades = false
  if (connection !== undefined) upgrades = readConnection(connection, head, http10)
  else head.close = http10
  // Both have to say it (RFC 6455 §4.1), and HTTP/1.0 has no 1xx (RFC 9110 §15.2).
  head.upgradeWebSocket = upgrades && upgrade !== undefined && equalsIgnoreCase(upgrade, 'websocket')
  if (http10 && head.status < 200) return 'upstream_bad_head'
  return readFraming(head, length, coding, http10)
}

// True when an upgrade is among what it says.
function readConnection(connection: string, head: Http1Response, http10: boolean): boolean {
  if (equalsIgnoreCase(connection, 'keep-alive')) return false
  let close = http10
  let upgrades = false
  let nominated: Set<string> | undefined
  eachListElement(connection, (element) => {
    if (equalsIgnoreCase(element, 'close')) close = true
    else if (equalsIgnoreCase(element, 'keep-alive')) close = http10 ? false : close
    else if (equalsIgnoreCase(element, 'upgrade')) upgrades = true
    else (nominated ??= new Set()).add(lowerAscii(element))
    return true
  })
  head.close = close
  if (nominated !== undefined) {
    for (let i = head.fields.length - 2; i >= 0; i -= 2) if (nominated.has(head.fields[i] as string)) head.fields.splice(i, 2)
  }
  return upgrades
}

function readFraming(head: Http1Response, length: string | undefined, coding: string | undefined, http10: boolean): FaultCode | undefined {
  head.framed = coding !== undefined || (length !== undefined && length !== '0')
  if (coding !== undefined) {
    if (length !== undefined || http10 || !equalsIgnoreCase(coding, 'chunked')) return 'upstream_bad_framing'
    head.chunked = true
  } else if (length !== undefined) {
    head.bodyLength = parseContentLength(length)
    if (head.bodyLength < 0) return 'upstream_bad_framing'
  }
  return undefined
}

// "timeout=5, max=100": the one number that matters, clamped by who uses it; nonsense counts as absent.
function keepAliveSeconds(value: string): number {
  let seconds = -1
  eachListElement(value, (element) => {
    if (element.length > 8 && element.length < 18 && equalsIgnoreCase(element.slice(0, 8), 'timeout='))
      seconds = parseContentLength(element.slice(8))
    return true
  })
  return seconds
}
