// One escaper a family of formats: whatever bytes a client sends, a record stays one line, parses back, and cannot drive a terminal (A78).
// Header bytes come as latin1 strings; they are shown as UTF-8 where they are valid UTF-8, else as latin1.
import { isUtf8 } from 'node:buffer'

// What each format can take as it is. Nearly every value passes this one test, which for 100 characters costs about 50 ns.
const JSON_PLAIN = /^[ !#-[\]-~]*$/
// Controls, format characters (bidi, zero width, tags), line and paragraph separators.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const TERMINAL_UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"\\]/gu
const NOT_PLAIN = /[^ !#-[\]-~]/gu

/** The inside of a JSON string: JSON.stringify's escapes, and all that is invisible as `\uXXXX`, U+2028 and bidi marks included. */
export function escapeJson(value: string): string {
  if (JSON_PLAIN.test(value)) return value
  return JSON.stringify(wireText(value)).slice(1, -1).replace(INVISIBLE, utf16Escapes)
}

/** The inside of a quoted part of the common and combined formats: `"`, `\`, controls and every byte beyond ASCII as `\xHH`, as nginx writes them. */
export function escapeQuoted(value: string): string {
  if (JSON_PLAIN.test(value)) return value
  return beyondLatin1(value) ? value.replace(NOT_PLAIN, byteEscapes) : value.replace(NOT_PLAIN, latin1Escape)
}

/** Text for people at a terminal: controls, bidi and other invisible characters, quotes and backslashes as the `\xHH` of their UTF-8 bytes. */
export function escapeTerminal(value: string): string {
  if (JSON_PLAIN.test(value)) return value
  return wireText(value).replace(TERMINAL_UNSAFE, byteEscapes)
}

/** A latin1 string of wire bytes as text: decoded where the bytes are valid UTF-8, else (and where it is text already) as it is. */
export function wireText(value: string): string {
  if (beyondLatin1(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : value
}

const beyondLatin1 = (value: string): boolean => /[^\0-\xff]/.test(value)

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

const latin1Escape = (char: string): string => `\\x${hex(char.charCodeAt(0), 2)}`

function byteEscapes(char: string): string {
  let escaped = ''
  for (const byte of Buffer.from(char, 'utf8')) escaped += `\\x${hex(byte, 2)}`
  return escaped
}

function utf16Escapes(char: string): string {
  let escaped = ''
  for (let i = 0; i < char.length; i++) escaped += `\\u${hex(char.charCodeAt(i), 4)}`
  return escaped
}
