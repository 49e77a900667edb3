// Reason phrases of the registered status codes (RFC 9110 §15, and IANA's registry for 102, 103, 207, 208, 226, 423–425, 428–511).
import { STATUS_CODES } from 'node:http'

/** The registered phrase, or '' for a code that has none: a status line may say nothing, it must not invent (RFC 9112 §4). */
export const reasonPhrase = (status: number): string => STATUS_CODES[status] ?? ''
