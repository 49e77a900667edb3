// One escaper a family of formats: whatever bytes a client sends, a record stays one line, parses back, and cannot drive a terminal (A78).
// Header bytes come as latin1 strings; they are shown as UTF-8 where they are valid UTF-8, else as latin1.
import { isUtf8 } from 'node:buffer'

// What no format can take as it is: beyond visible ASCII, `"` and `\`. Nearly every value passes this one test; a loop over the codes of
// 100 characters costs four times as much.
const SPECIAL = /[^ !#-[\]-~]/
// Controls, format characters (bidi, zero width, tags), line and paragraph separators.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const TERMINAL_UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"\\]/gu
const NOT_WORD = /[^!#-[\]-~]/
const SPECIALS = /[^ !#-[\]-~]/gu

/** True for visible ASCII without `"` and `\`: no format but the terminal's has to escape any of it. */
export const isPlain = (value: string): boolean => !SPECIAL.test(value)

/** The inside of a JSON string: JSON.stringify's escapes, and all that is invisible as `\uXXXX`, U+2028 and bidi marks included. */
export function escapeJson(value: string): string {
  if (!SPECIAL.test(value)) return value
  return JSON.stringify(wireText(value)).slice(1, -1).replace(INVISIBLE, utf16Escapes)
}

/** The inside of a quoted part of the common and combined formats: `"`, `\`, controls and every byte beyond ASCII as `\xHH`, as nginx writes them. */
export function escapeQuoted(value: string): string {
  if (!SPECIAL.test(value)) return value
  return beyondLatin1(value) ? value.replace(SPECIALS, byteEscapes) : value.replace(SPECIALS, latin1Escape)
}

/** Text for people at a terminal: controls, bidi and other invisible characters, quotes and backslashes as the `\xHH` of their UTF-8 bytes. */
export function escapeTerminal(value: string): string {
  if (!SPECIAL.test(value)) return value
  return wireText(value).replace(TERMINAL_UNSAFE, byteEscapes)
}

/** `escapeTerminal` for what stands without quotes: spaces are escaped too, so that nothing a client sends reads as the next part of the line. */
export function escapeWord(value: string): string {
  if (!NOT_WORD.test(value)) return value
  return escapeTerminal(value).replaceAll(' ', String.raw`\x20`)
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
