// Heads as text: status lines, fields checked again as they are written (wire policy 12), and framing made anew.
import { isFieldValue } from '../http/fields.ts'
import type { Fields } from '../http/message.ts'
import { reasonPhrase } from '../http/status.ts'

/** `name: value` lines. A value that may not stand in a field is left out whole: nothing malformed reaches the wire, whoever made it. */
export function encodeFields(fields: Fields): string {
  let text = ''
  for (let i = 0; i < fields.length; i += 2) {
    const value = fields[i + 1] as string
    if (isFieldValue(value)) text += `${fields[i]}: ${value}\r\n`
  }
  return text
}

const lines: string[] = []

/** `HTTP/1.1 200 OK` CR LF. We say 1.1 whatever the other side speaks (RFC 9110 §2.5). */
export function statusLine(status: number): string {
  let line = lines[status]
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`
    lines[status] = line
  }
  return line
}

let lastLength = -1
let lastLengthLine = ''

/** `content-length: N` CR LF. Answers of one length often follow each other. */
export function lengthLine(length: number): string {
  if (length === lastLength) return lastLengthLine
  lastLength = length
  return (lastLengthLine = `content-length: ${length}\r\n`)
}

/** The line before a chunk of `size` bytes. */
export const chunkLine = (size: number): string => `${size.toString(16)}\r\n`

/** The end of a chunked body, with trailers where there are any. */
export const lastChunk = (trailers: Fields | undefined): string =>
  trailers === undefined ? '0\r\n\r\n' : `0\r\n${encodeFields(trailers)}\r\n`
