// One instance of a service: where it is, and its connections.
import type { Pipelining } from './pipelining.ts'
import type { Pool } from './pool.ts'

export interface Endpoint {
  /** `http://127.0.0.1:7101`. */
  readonly url: string
  /** Host and port as a Host field says them; the port is left out where it is the scheme's. */
  readonly authority: string
  /** '' or `/base`. */
  readonly basePath: string
  readonly weight: number
  readonly pool: Pool
  /** Undefined where the service has not opted in. */
  readonly pipelining: Pipelining | undefined
  /** What clients called it last, and the line that comes of it: `encode-request.ts` keeps it here. */
  readonly lastHost: { client: string; line: string }
}
