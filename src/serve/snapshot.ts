// What a request reads of the configuration: frozen, built beside the current one, put in place by one assignment.
// An exchange keeps the snapshot that it began with; an idle connection takes the new one at its next head.
import type { TrustedPeers } from '../base/ip.ts'
import type { Handler } from '../pipeline/handler.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { RouteTable } from '../route/table.ts'
import type { TunnelRules } from './tunnel.ts'

export interface Snapshot {
  readonly version: number
  readonly table: RouteTable<ServedRoute>
  /** What 404 and 405 run. */
  readonly unmatched: Pipeline
  readonly client: { readonly from: 'connection' | 'x-forwarded-for' | 'forwarded'; readonly trusted: TrustedPeers }
  readonly limits: ServeLimits
  readonly timeouts: { readonly head: number; readonly body: number; readonly write: number; readonly keepAlive: number }
}

export interface ServeLimits {
  readonly head: number
  readonly headers: number
  readonly target: number
  readonly body: number
  readonly pipelined: number
}

/** One route, ready to serve. */
export interface ServedRoute {
  readonly name: string
  /** Small index for counters: stable within a worker for a name. */
  readonly index: number
  readonly pipeline: Pipeline
  readonly handler: Handler
  /** Names of the parameters, in the order in which `match` fills them. */
  readonly params: readonly string[]
  /** Bytes; Infinity for none. */
  readonly bodyLimit: number
  readonly timeouts: { readonly body: number; readonly write: number }
  /** Bits of `PathOddity` that the route accepts in its path. */
  readonly allowedOddities: number
  readonly trailers: boolean
  /** Undefined: a tunnel lives as long as the service's `stream` timeout lets it. */
  readonly websocket: TunnelRules | undefined
}
