// One pass over the bytes of a head: where each field begins and ends and what its name means. Shared by requests and responses.
import type { FaultCode } from '../base/fault.ts'
import { COLON, CR, LF, SPACE, TAB, TOKEN, VALUE } from './grammar.ts'
import { classifyName, hashStep, lookupName } from './names.ts'
import type { NameInfo } from './names.ts'
import { latin1 } from '../base/latin1.ts'

/** Most fields that a head may have, whatever the configured limit: the marks below are one fixed array a thread. */
export const MAX_FIELDS = 1024

/** Offsets of the fields of the head that was scanned last: line start, value start, value end, line end … */
export const marks = new Int32Array(MAX_FIELDS * 4)
/** What their names mean. */
export const infos: NameInfo[] = []

/** Where the head that was scanned last ended: behind the CR LF that closes it. */
export const scanned = { end: 0 }

/**
 * Scans field lines from `at` to the empty line that closes the head. Fills `marks`, `infos` and `scanned.end` and returns the number of
 * fields, or a fault: the line's own, or whatever the missing bytes look like when the head is not whole, which callers rule out first
 * or afterwards. RFC 9112 §5: no whitespace before the colon, no folding, names are tokens, lines end in CR LF.
 */
export function scanFields(bytes: Buffer, at: number, most: number): number | FaultCode {
  let count = 0
  let i = at
  for (;;) {
    const lineStart = i
    let hash = 0
    let byte = bytes[i] as number
    while (TOKEN[byte] === 1) {
      hash = hashStep(hash, byte)
      byte = bytes[++i] as number
    }
    if (byte !== COLON || i === lineStart) {
      if (i !== lineStart || byte !== CR || bytes[i + 1] !== LF) return byte === LF || byte === CR ? 'bad_line_ending' : 'bad_field_name'
      scanned.end = i + 2
      return count
    }
    const info = lookupName(bytes, lineStart, i, hash)
    const nameEnd = i++
    while (bytes[i] === SPACE || bytes[i] === TAB) i++
    const valueStart = i
    while (VALUE[bytes[i] as number] === 1) i++
    if (bytes[i] !== CR || bytes[i + 1] !== LF) return bytes[i] === CR || bytes[i] === LF ? 'bad_line_ending' : 'bad_field_value'
    let valueEnd = i
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)) valueEnd--
    i += 2
    if (count === most || count === MAX_FIELDS) return 'too_many_fields'
    const mark = count * 4
    marks[mark] = lineStart
    marks[mark + 1] = valueStart
    marks[mark + 2] = valueEnd
    marks[mark + 3] = i
    infos[count++] = info ?? classifyName(latin1(bytes, lineStart, nameEnd))
  }
}

/**
 * The first byte in [from, to) that can stand in no head, whatever follows: a bare LF, a bare CR, NUL or another control. It is what an
 * incomplete head is judged by as its bytes arrive, and what a complete one is judged by first, so that the verdict never depends on
 * how the bytes were split. `from` must not lie behind a CR that was not looked at. Returns -1 when there is none.
 */
export function findBadByte(bytes: Buffer, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    if (byte === CR) {
      if (i + 1 === to) return -1
      if (bytes[i + 1] !== LF) return i
      i++
    } else if (byte !== TAB && (byte < SPACE || byte === 0x7f)) return i
  }
  return -1
}

// The type of a handshake record, with which every TLS connection begins (RFC 8446 §5.1).
const TLS_HANDSHAKE = 0x16

/** What a byte that can stand in no head makes of it. `first`: nothing stood before it. */
export function badByteFault(byte: number, first: boolean): FaultCode {
  if (byte === CR || byte === LF) return 'bad_line_ending'
  return first && byte === TLS_HANDSHAKE ? 'tls_on_plain_port' : 'bad_control'
}
