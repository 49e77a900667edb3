// The request as the service gets it: origin-form target, Host, the fields that were let through and those that we assert.
import type { RequestHead } from '../http/message.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import { encodeFields } from '../http1/encode.ts'

/** Everything of the request's head that is not in `head` itself. */
export interface OutgoingRequest {
  /** Path and query as they are sent. */
  readonly target: string
  readonly authority: string
  /** Trailers may come back: the route passes them on and the client asked. */
  readonly trailers: boolean
}

/** The whole head as text, closing CR LF included. */
export function encodeRequest(head: RequestHead, outgoing: OutgoingRequest): string {
  let text = `${head.method} ${outgoing.target} HTTP/1.1\r\nhost: ${outgoing.authority}\r\n${encodeFields(head.fields)}`
  if (head.bodyLength === UNKNOWN_LENGTH) text += 'transfer-encoding: chunked\r\n'
  else if (head.bodyLength > 0 || carriesBody(head.method)) text += `content-length: ${head.bodyLength}\r\n`
  if (head.expectContinue) text += 'expect: 100-continue\r\n'
  if (head.upgrade) text += 'connection: upgrade\r\nupgrade: websocket\r\n'
  else if (outgoing.trailers) text += 'te: trailers\r\nconnection: te\r\n'
  return `${text}\r\n`
}

// A method whose meaning expects content says that there is none (RFC 9110 §8.6).
const carriesBody = (method: string): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH'
