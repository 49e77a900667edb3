// The request as the service gets it: origin-form target, Host, the fields that were let through and those that we assert.
import { ownString } from '../base/own-string.ts'
import { TRACEPARENT } from '../http/field-name.ts'
import { removeFieldOf, setFieldOf } from '../http/fields.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import type { RequestHead } from '../http/message.ts'
import { METHODS } from '../http/method.ts'
import { encodeFields, lengthLine } from '../http1/encode.ts'
import { assertedLines } from './asserted-fields.ts'
import type { Endpoint } from './endpoint.ts'
import type { ForwardedExchange, ForwardOptions } from './forwarded-exchange.ts'
import type { Service } from './service.ts'

/**
 * The whole head as text, closing CR LF included. `target`: path and query, without the endpoint's base path. `token`: what the service has
 * to echo in its answer where it pipelines so, else ''.
 */
export function encodeFor(
  exchange: ForwardedExchange,
  service: Service,
  endpoint: Endpoint,
  target: string,
  options: ForwardOptions,
  token: string,
): string {
  const { client, trace, request } = exchange
  const { head } = request
  // The span is ours from here on; the client's, where it was believed, is its parent.
  if (trace.parentId !== '') removeFieldOf(head, TRACEPARENT)
  const echo = endpoint.pipelining?.settings.echo
  if (token !== '' && echo !== undefined) setFieldOf(head, echo, token)
  const proto = (client.trusted ? head.forwardedProto : undefined) ?? head.scheme
  const asserted = assertedLines(client, head.authority, proto, options.loopId)
  const fields = head.block?.lines ?? encodeFields(head.fields)
  const framing = framingOf(head, options)
  // Each piece of a text costs a look elsewhere when it is written: what can be one piece is one.
  const end = framing === '' && trace.flags === '01' ? '-01\r\n\r\n' : `-${trace.flags}\r\n${framing}\r\n`
  return `${startOf(head.method)}${endpoint.basePath}${target}${hostLine(service, endpoint, head.authority)}${fields}${asserted}${trace.traceId}-${trace.spanId}${end}`
}

/** What this hop says of the connection and the body; '' for a request without either. */
function framingOf(head: RequestHead, options: ForwardOptions): string {
  let text = ''
  if (head.bodyLength === UNKNOWN_LENGTH) text = 'transfer-encoding: chunked\r\n'
  else if (head.bodyLength > 0 || carriesBody(head.method)) text = lengthLine(head.bodyLength)
  if (head.expectContinue) text += 'expect: 100-continue\r\n'
  if (head.upgrade) text += 'connection: upgrade\r\nupgrade: websocket\r\n'
  else if (options.trailers && head.wantsTrailers) text += 'te: trailers\r\nconnection: te\r\n'
  return text
}

const starts = new Map(METHODS.map((method) => [method as string, `${method} `]))
// Most requests are of one method.
const startOf = (method: string): string => (method === 'GET' ? 'GET ' : (starts.get(method) ?? `${method} `))

// How the request line ends, and Host: the same for an endpoint as long as its clients name the same authority.
function hostLine(service: Service, endpoint: Endpoint, client: string): string {
  const last = endpoint.lastHost
  if (last.client === client && last.line !== '') return last.line
  last.client = ownString(client)
  return (last.line = ` HTTP/1.1\r\nhost: ${authorityFor(service, endpoint, client)}\r\n`)
}

// What the service sees as Host: the client's, the endpoint's, or a name that the configuration gives.
function authorityFor(service: Service, endpoint: Endpoint, client: string): string {
  if (service.host === 'preserve') return client === '' ? endpoint.authority : client
  return service.host === 'endpoint' ? endpoint.authority : service.host.name
}

// A method whose meaning expects content says that there is none (RFC 9110 §8.6).
const carriesBody = (method: string): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH'
