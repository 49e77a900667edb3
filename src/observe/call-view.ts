// What may be read of a request by those who only look on: the access log, counters, `onEnd` hooks.
import type { HeaderMap } from '../http/fields.ts'
import type { BodyLength, RequestHead } from '../http/message.ts'

/** A typed place for one policy's state of one call, made once at load by `env.slot()`. */
export interface Slot<T> {
  readonly index: number
  /** Phantom: keeps the type. */
  readonly type?: T
}

/** The request as a policy may read and change it. Changes reach the service; `method` and `path` are fixed once routed. */
export interface CallRequest {
  /** The HTTP version that the client spoke; undefined reads as 1.1. */
  readonly version?: '1.0' | '1.1' | '2'
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** Canonical authority: lower-case, no default port. */
  readonly host: string
  /** The canonical path that was routed. */
  readonly path: string
  /** Without `?`. */
  readonly query: string
  readonly headers: HeaderMap
  readonly bodyLength: BodyLength
  /** The same head without views, for code that must be fast. */
  readonly head: RequestHead
}

/** Who sent it, after `client.from` and `client.trusted` had their say. */
export interface CallClient {
  /** The client's address in canonical text. */
  readonly address: string
  /** The address of the TCP peer. */
  readonly peer: string
  /** The peer is one of `client.trusted`. */
  readonly trusted: boolean
}

/** W3C trace context of this exchange: lower-case hex ids. */
export interface CallTrace {
  readonly traceId: string
  /** Our own span, the parent of what the service makes. */
  readonly spanId: string
  /** The client's span where it was believed, else ''. */
  readonly parentId: string
  /** Two hex digits. */
  readonly flags: string
}

export interface CallView {
  readonly request: CallRequest
  readonly client: CallClient
  readonly trace: CallTrace
  /** The request id: the client's own where it is believed, else made. Made at first use. */
  readonly id: string
  /** The name of the route that was chosen; '' for what matched none. */
  readonly routeName: string
  /** Milliseconds on the monotonic clock at which the head was complete. */
  readonly startedAt: number
  /** The value of a path parameter, decoded; undefined when the route has no such parameter. */
  param(name: string): string | undefined
  get<T>(slot: Slot<T>): T | undefined
  set<T>(slot: Slot<T>, value: T): void
}
