// Character classes of HTTP/1.1 (RFC 9110 §5.6.2, RFC 9112 §2) as byte tables, and the few bytes that have names.

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const COLON = 0x3a

/** 1 for a token character. */
export const TOKEN = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") TOKEN[char.charCodeAt(0)] = 1

/** 1 for what may stand in a field value: HTAB, space, visible ASCII, obs-text. No other control, no DEL (RFC 9110 §5.5). */
export const VALUE = new Uint8Array(256)
VALUE[TAB] = 1
for (let byte = 0x20; byte < 256; byte++) if (byte !== 0x7f) VALUE[byte] = 1

/** 1 for what may stand in a request target: visible ASCII. What of it is a URI is judged later (`http/uri.ts`). */
export const TARGET = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) TARGET[byte] = 1

/** The value of a hexadecimal digit, or -1. */
export const HEX = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  HEX[text.charCodeAt(0)] = digit
  HEX[text.toUpperCase().charCodeAt(0)] = digit // wire-safe: our own digits
}

// 15 digits stay below 2^53 whatever they are; longer ones are compared as text.
const MAX_LENGTH = '9007199254740991'

/**
 * Content-Length by its grammar, 1*DIGIT up to 2^53 − 1 (RFC 9110 §8.6); -1 for anything else. Number() and parseInt() accept signs, hex,
 * exponents and spaces, and are never used on what came over the wire.
 */
export function parseContentLength(text: string): number {
  let start = 0
  if (text.length === 0) return -1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return -1
    if (code === 0x30 && start === i) start++
  }
  const digits = text.length - start
  if (digits > MAX_LENGTH.length || (digits === MAX_LENGTH.length && text.slice(start) > MAX_LENGTH)) return -1
  let value = 0
  // The digit first: near 2^53 the sum would be rounded before the subtraction.
  for (let i = start; i < text.length; i++) value = value * 10 + (text.charCodeAt(i) - 0x30)
  return value
}

/** Compares ASCII case-insensitively with `lower`, which is lower-case. Nothing outside ASCII is ever folded (U+212A is no k). */
export function equalsIgnoreCase(text: string, lower: string): boolean {
  if (text.length !== lower.length) return false
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code >= 0x41 && code <= 0x5a) code |= 0x20
    if (code !== lower.charCodeAt(i)) return false
  }
  return true
}

/** Lower-cases A–Z only; the input is latin1. */
export function lowerAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x41 && code <= 0x5a) {
      // A token holds ASCII only, so toLowerCase cannot fold anything else here; obs-text keeps its bytes in latin1.
      return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) // wire-safe: matches A–Z only
    }
  }
  return text
}

/**
 * Calls `visit` for every element of a comma-separated list, OWS stripped (SP and HTAB only). Empty elements are passed over.
 * Stops and returns false as soon as `visit` does.
 */
export function eachListElement(text: string, visit: (element: string) => boolean): boolean {
  let start = 0
  while (start <= text.length) {
    let comma = text.indexOf(',', start)
    if (comma < 0) comma = text.length
    let from = start
    let to = comma
    while (from < to && isBlank(text.charCodeAt(from))) from++
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--
    if (from < to && !visit(text.slice(from, to))) return false
    start = comma + 1
  }
  return true
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB
