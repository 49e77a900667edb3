// What the gateway says to a service about a request, in place of whatever the client may have said (wire policy 7).
import { formatTraceparent } from '../../observe/trace.ts'
import { removeField } from '../../http/fields.ts'
import type { Exchange } from '../../pipeline/handler.ts'

/** Adds the forwarding fields, the loop mark and the trace to the request's fields. */
export function assertFields(exchange: Exchange, loopId: string): void {
  const { head } = exchange.request
  const { address, peer, trusted } = exchange.client
  const { trace } = exchange
  const { fields } = head
  // The span is ours from here on; the client's, where it was believed, is its parent.
  if (trace.parentId !== '') removeField(fields, 'traceparent')
  fields.push(
    'x-forwarded-for',
    address === peer ? peer : `${address}, ${peer}`,
    'x-forwarded-proto',
    (trusted ? head.forwardedProto : undefined) ?? head.scheme,
    'x-forwarded-host',
    head.authority,
    'x-real-ip',
    address,
    'via',
    '1.1 tidegate',
    'cdn-loop',
    loopId,
    'traceparent',
    formatTraceparent(trace.traceId, trace.spanId, trace.flags),
  )
}
