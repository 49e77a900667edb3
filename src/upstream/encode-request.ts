// The request as the service gets it: origin-form target, Host, the fields that were let through and those that we assert.
import { getField, removeField } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import { encodeFields } from '../http1/encode.ts'
import { Http1Request } from '../http1/parse-head.ts'
import type { CallClient, CallTrace } from '../observe/call-view.ts'
import { formatTraceparent } from '../observe/trace.ts'
import { assertedLines } from './asserted-fields.ts'

/** Everything of the request's head that is not in `head` itself. */
export interface OutgoingRequest {
  /** Path and query as they are sent. */
  readonly target: string
  readonly authority: string
  /** Trailers may come back: the route passes them on and the client asked. */
  readonly trailers: boolean
  readonly client: CallClient
  readonly trace: CallTrace
  /** Marks that it has passed here (RFC 8586). */
  readonly loopId: string
}

/** The whole head as text, closing CR LF included. */
export function encodeRequest(head: RequestHead, outgoing: OutgoingRequest): string {
  const { client, trace, loopId } = outgoing
  // The span is ours from here on; the client's, where it was believed, is its parent.
  if (trace.parentId !== '' && getField(head.fields, 'traceparent') !== undefined) removeField(head.fields, 'traceparent')
  const fields = head instanceof Http1Request ? head.block.encode() : encodeFields(head.fields)
  const proto = (client.trusted ? head.forwardedProto : undefined) ?? head.scheme
  const asserted = assertedLines(client, head.authority, proto, loopId)
  const traceparent = formatTraceparent(trace.traceId, trace.spanId, trace.flags)
  let text = `${head.method} ${outgoing.target} HTTP/1.1\r\nhost: ${outgoing.authority}\r\n${fields}${asserted}traceparent: ${traceparent}\r\n`
  if (head.bodyLength === UNKNOWN_LENGTH) text += 'transfer-encoding: chunked\r\n'
  else if (head.bodyLength > 0 || carriesBody(head.method)) text += `content-length: ${head.bodyLength}\r\n`
  if (head.expectContinue) text += 'expect: 100-continue\r\n'
  if (head.upgrade) text += 'connection: upgrade\r\nupgrade: websocket\r\n'
  else if (outgoing.trailers) text += 'te: trailers\r\nconnection: te\r\n'
  return `${text}\r\n`
}

// A method whose meaning expects content says that there is none (RFC 9110 §8.6).
const carriesBody = (method: string): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH'
