// What an explanation says: plain data, so that it crosses threads and prints as JSON.
import type { FaultCode } from '../base/fault.ts'
import type { Candidate } from '../route/explain.ts'
import type { NearRoute } from '../route/nearest.ts'
import type { PolicyAct } from './explain-recorder.ts'
import type { ExplainedLimit, ExplainedTarget } from './explain-target.ts'

/** A policy of the route's list, in order. */
export interface ExplainedPolicy {
  readonly kind: string
  /** `defaults`, `policySets.edge`, `routes.product`. */
  readonly origin: string
  /** The request came as far as this policy, whether it has a hook for requests or not. */
  readonly entered: boolean
  /** What its hooks did, in order. */
  readonly acts: readonly PolicyAct[]
}

export interface Explanation {
  /** The listener that the URL's port means, the first one where it names none; '' for a port on which nothing listens. */
  readonly listener: string
  /** The client's address, once `client.from` and `client.trusted` had their say. */
  readonly from: string
  /** The canonical request: what was routed; undefined when its head was refused. */
  readonly request: { readonly method: string; readonly host: string; readonly path: string; readonly query: string } | undefined
  /** Set when it was refused before a route was looked for. */
  readonly refused: { readonly fault: FaultCode; readonly title: string } | undefined
  readonly outcome: 'route' | 'no_route' | 'method_not_allowed' | 'refused'
  /** The route that has the request, '' for none. */
  readonly route: string
  /** Its alternative in one line. */
  readonly match: string
  /** Which of the route's alternatives, from 0. */
  readonly alternative: number
  /** Parameters as matched, encoded. */
  readonly params: Readonly<Record<string, string>>
  /** It was answered as a CORS preflight, before any policy. */
  readonly preflight: boolean
  /** What a 405 says in Allow. */
  readonly allow: readonly string[]
  /** Every alternative of every route, the winner first, then by closeness. */
  readonly candidates: readonly Candidate[]
  /** After a 404: what was probably meant. */
  readonly nearest: readonly NearRoute[]
  /** The policies that this request meets: the route's, or those of `unmatched`. */
  readonly policies: readonly ExplainedPolicy[]
  readonly target: ExplainedTarget | undefined
  readonly bodyLimit: ExplainedLimit | undefined
  /** The fault that was answered. */
  readonly fault: FaultCode | undefined
  /** A refusing policy's own code, '' otherwise. */
  readonly code: string
  /** What the client gets; `service`: whatever the service answers. 0 when nothing could be sent. */
  readonly status: number | 'service'
}
