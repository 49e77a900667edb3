// The `traceparent` field (W3C Trace Context, Level 1 §3.2): read from a client that is believed, written towards the service.

/** What a `traceparent` says: lower-case hex, 32, 16 and 2 digits. Flags beyond `sampled` are kept as they came. */
export interface TraceParent {
  readonly traceId: string
  readonly parentId: string
  readonly flags: string
}

const DASH = 0x2d
/** `00-` 32 digits `-` 16 digits `-` 2 digits. */
const LENGTH = 55

/**
 * Reads a `traceparent` value; undefined for one that must be ignored. Version 00 must be exactly 55 characters; a higher version may go on
 * after a `-` (§3.2.4); version ff, upper-case digits and ids that are all zero are invalid. The ids are slices of `value`.
 */
export function parseTraceparent(value: string): TraceParent | undefined {
  if (value.length < LENGTH) return undefined
  if (value.charCodeAt(2) !== DASH || value.charCodeAt(35) !== DASH || value.charCodeAt(52) !== DASH) return undefined
  const version = hexBits(value, 0, 2)
  if (version < 0 || (value.charCodeAt(0) === 0x66 && value.charCodeAt(1) === 0x66)) return undefined
  if (value.length > LENGTH && (version === 0 || value.charCodeAt(LENGTH) !== DASH)) return undefined
  if (hexBits(value, 3, 35) <= 0 || hexBits(value, 36, 52) <= 0 || hexBits(value, 53, 55) < 0) return undefined
  return { traceId: value.slice(3, 35), parentId: value.slice(36, 52), flags: value.slice(53, 55) }
}

/** The digits of [start, end) or-ed together: -1 where one is not lower-case hex, 0 where all are zero. */
function hexBits(value: string, start: number, end: number): number {
  let bits = 0
  for (let i = start; i < end; i++) {
    const code = value.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) bits |= code & 15
    else if (code >= 0x61 && code <= 0x66) bits |= code - 87
    else return -1
  }
  return bits
}
