// The one typed observer that the data plane calls at named moments. Sinks (counters, access log, spans) live in telemetry/.
import type { FaultCode } from '../base/fault.ts'
import type { CallView } from './call-view.ts'
import type { Outcome } from './outcome.ts'

/** What the codec knows of a request that it refused, beyond peer, fault and target. */
export interface Rejection {
  /** The id that the answer told (`requestId` of the problem), so that a client's report finds its line; '' when no answer was sent. */
  readonly id: string
  /** The method as far as it is a known one; '' when the request line could not be read. */
  readonly method: string
  /** The version that the request line told, 1.1 where it could not be read. */
  readonly version?: '1.0' | '1.1'
  /** The status that was sent; 0 when nothing could be said any more. */
  readonly status: number
  /** Bytes read of the refused request and bytes written for it, heads included. */
  readonly requestBytes: number
  readonly responseBytes: number
  /** Milliseconds, monotonic, from the request's first byte to its refusal; -1 where unknown. */
  readonly duration: number
}

export interface Observer {
  /** An exchange is over: its answer was sent in full, cut short, or could not be sent. Called exactly once an exchange. */
  exchangeEnded(call: CallView, outcome: Outcome): void
  /**
   * A request was refused before there was an exchange (malformed head, timeout). `target` is what could be read of it: latin1, unchecked.
   * Without `rejection` the status is the fault's and the rest unknown. Called exactly once for each such request.
   */
  requestRejected(peer: string, fault: FaultCode, target: string, rejection?: Rejection): void
  connectionOpened(): void
  /** A connection was closed at once, unserved: its client has as many as `limits.connectionsPerClient` allows. It never counts as opened. */
  connectionRefused(): void
  connectionClosed(): void
  upstreamOpened(service: string, endpoint: string): void
  upstreamClosed(service: string, endpoint: string): void
  /** A connection to the endpoint stands. */
  endpointReached(service: string, endpoint: string): void
  /** No address of the endpoint took a connection. */
  endpointFailed(service: string, endpoint: string, fault: FaultCode): void
}
