// Who sent a request and which trace it belongs to: the first things that an exchange finds out (step 2).
import type { FaultCode } from '../base/fault.ts'
import { ownString } from '../base/own-string.ts'
import { spanId, traceId } from '../base/random.ts'
import { FieldName, TRACEPARENT } from '../http/field-name.ts'
import { fieldOf, removeFieldOf } from '../http/fields.ts'
import { resolveClient } from '../http/forwarded.ts'
import { Seen } from '../http1/parse-head.ts'
import type { Http1Request } from '../http1/parse-head.ts'
import type { CallClient, CallTrace } from '../observe/call-view.ts'
import { Client } from '../observe/client.ts'
import { parseTraceparent } from '../observe/trace.ts'
import type { Plane } from './plane.ts'
import type { Snapshot } from './snapshot.ts'

/** An exchange before its client is known. */
export interface Arrival {
  readonly head: Http1Request
  readonly snapshot: Pick<Snapshot, 'client'>
  readonly plane: Pick<Plane, 'loopId'>
  /** Remembers the client of its last request. */
  readonly connection: { readonly peer: string; client: CallClient | undefined }
  client: CallClient
}

/** Sets `call.client`, drops what only trusted peers may say, and refuses a request that has been here before (A121, RFC 8586). */
export function admitClient(call: Arrival): FaultCode | undefined {
  const { head, snapshot, plane, connection } = call
  const { from, trusted } = snapshot.client
  const peer = connection.peer
  const believed = !trusted.empty && trusted.has(peer)
  const given = from === 'x-forwarded-for' ? head.forwardedFor : from === 'forwarded' ? head.forwarded : undefined
  const address = believed && given !== undefined ? resolveClient(from, given, peer, trusted) : peer
  // The same object as long as a connection's client stays the same: what is made of it is kept with it.
  const last = connection.client
  const same = last !== undefined && last.address === address && last.trusted === believed
  const client = same ? last : new Client(ownString(address), peer, believed)
  connection.client = client
  call.client = client
  if (head.seen === 0) return undefined
  if (!believed) {
    // A fresh trace and a fresh id: a stranger's are dropped, baggage with them (A127).
    if ((head.seen & Seen.trace) !== 0) for (const name of TRACE_FIELDS) removeFieldOf(head, name)
    if ((head.seen & Seen.requestId) !== 0) removeFieldOf(head, REQUEST_ID)
  }
  if ((head.seen & Seen.cdnLoop) !== 0 && hasPassed(head.fields, plane.loopId)) return 'loop_detected'
  return undefined
}

const TRACE_FIELDS = [TRACEPARENT, ...['tracestate', 'baggage', 'b3'].map((name) => new FieldName(name))]
/** What trusted peers may say of a request's id. */
export const REQUEST_ID = new FieldName('x-request-id')

function hasPassed(fields: readonly string[], loopId: string): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === 'cdn-loop' && (fields[i + 1] as string).includes(loopId)) return true
  }
  return false
}

/** The trace of this exchange: continued from a trusted peer's traceparent, else made (W3C Trace Context). */
export function traceOf(head: Http1Request): CallTrace {
  const given = (head.seen & Seen.trace) !== 0 ? fieldOf(head, TRACEPARENT) : undefined
  const parent = given === undefined ? undefined : parseTraceparent(given)
  if (parent === undefined) return { traceId: traceId(), spanId: spanId(), parentId: '', flags: '01' }
  return { traceId: parent.traceId, spanId: spanId(), parentId: parent.parentId, flags: parent.flags }
}
