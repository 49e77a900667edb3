// The exchange as its response policies see it: what they may send, and how they give up.
import type { FaultCode } from '../base/fault.ts'
import type { BodyReceiver, Fields, ResponseHead, Source } from '../http/message.ts'
import type { Http1Request } from '../http1/parse-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Call } from '../pipeline/call.ts'
import type { Plane } from './plane.ts'

export interface Outgoing extends Call, BodyReceiver {
  readonly plane: Plane
  readonly head: Http1Request
  readonly connection: ServerConnection
  readonly outcome: Outcome
  source: Source | undefined
  /** Code of the route's policies runs from here (R39); what it returns goes to `plane.mark` when that has returned. */
  enter(): number
  /** The head as it is sent. */
  send(head: ResponseHead, endStream: boolean): void
  /** A chunk as it is sent; false: full. */
  write(chunk: Buffer): boolean
  /** The response is whole. */
  sendEnd(trailers: Fields | undefined): void
  /** What was sent must not pass for complete. */
  cut(code: FaultCode): void
}
