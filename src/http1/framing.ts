// How long a request's body is, and the faults of saying it in a way that two readers may read differently (RFC 9112 §6).
import type { FaultCode } from '../base/fault.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import { eachListElement, equalsIgnoreCase, parseContentLength, TOKEN } from './grammar.ts'

/** What framing is read into. */
interface Framed {
  readonly http10: boolean
  bodyLength: number
}

/** Content-Length or Transfer-Encoding, never both; `chunked` alone, once, in 1.1 only. Sets `head.bodyLength`. */
export function readFraming(head: Framed, length: string | undefined, coding: string | undefined): FaultCode | undefined {
  if (coding !== undefined) {
    if (length !== undefined) return 'conflicting_framing'
    if (head.http10) return 'bad_transfer_encoding'
    if (!equalsIgnoreCase(coding, 'chunked')) return codingFault(coding)
    head.bodyLength = UNKNOWN_LENGTH
  } else if (length !== undefined) {
    head.bodyLength = parseContentLength(length)
    if (head.bodyLength < 0) return 'bad_content_length'
  }
  return undefined
}

// 501 for a well-formed list of codings that we do not have (RFC 9112 §6.1), 400 for what is no such list.
function codingFault(coding: string): FaultCode {
  let chunked = 0
  const wellFormed = eachListElement(coding, (element) => {
    if (equalsIgnoreCase(element, 'chunked')) chunked++
    for (let i = 0; i < element.length; i++) if (TOKEN[element.charCodeAt(i)] !== 1 && element.charCodeAt(i) < 0x80) return false
    return true
  })
  const elements = coding.split(',').length
  let empty = 0
  eachListElement(coding, () => ++empty > 0)
  return !wellFormed || empty !== elements || chunked > 1 ? 'bad_transfer_encoding' : 'unsupported_coding'
}
