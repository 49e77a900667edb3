// One pass over the bytes of a complete head: where each field's name and value begin and end. Shared by requests and responses.
import type { FaultCode } from '../base/fault.ts'
import { COLON, CR, LF, SPACE, TAB, TOKEN, VALUE } from './grammar.ts'

/** Most fields that a head may have, whatever the configured limit: the marks below are one fixed array a thread. */
export const MAX_FIELDS = 1024

/** Offsets of the fields of the head that was scanned last: name start, name end, value start, value end … */
export const marks = new Int32Array(MAX_FIELDS * 4)

/**
 * Scans the field lines in `bytes` from `at` to `end`, where `end` is the offset of the CR LF that closes the head. Fills `marks` and
 * returns the number of fields, or a fault. RFC 9112 §5: no whitespace before the colon, no folding, names are tokens, lines end in CR LF.
 */
export function scanFields(bytes: Buffer, at: number, end: number, most: number): number | FaultCode {
  let count = 0
  let i = at
  while (i < end) {
    const nameStart = i
    while (TOKEN[bytes[i] as number] === 1) i++
    if (bytes[i] !== COLON || i === nameStart) return lineFault(bytes, i)
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
    marks[mark] = nameStart
    marks[mark + 1] = nameEnd
    marks[mark + 2] = valueStart
    marks[mark + 3] = valueEnd
    count++
  }
  return count
}

const lineFault = (bytes: Buffer, at: number): FaultCode => (bytes[at] === LF ? 'bad_line_ending' : 'bad_field_name')

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
