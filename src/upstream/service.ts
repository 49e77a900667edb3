// A service: its endpoints, how one is picked, and how long it may take. Frozen in meaning: a reload builds another one.
// Before it on the way: `handlers/forward`. After it: `forwarding.ts`, one for each request.
import type { Endpoint } from './endpoint.ts'
import type { UpstreamContext } from './context.ts'
import type { Balancer } from './balancer/balancer.ts'
import type { Concurrency, Gate } from './limit/gate.ts'

export interface ServiceTimeouts {
  readonly connect: number
  /** To the head of the answer, each attempt, from when the request was sent in full. */
  readonly response: number
  /** To the head of the answer, all attempts; 0 for none. */
  readonly deadline: number
  /** Without a byte in either direction. */
  readonly stream: number
}

export interface Service {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  readonly balancer: Balancer
  readonly context: UpstreamContext
  /** The Host that the endpoint sees: the client's, the endpoint's, or a name. */
  readonly host: 'preserve' | 'endpoint' | { readonly name: string }
  readonly timeouts: ServiceTimeouts
  readonly retries: { readonly max: number; readonly connect: boolean; readonly reset: boolean }
  readonly concurrency: Concurrency
  /** Requests that wait or are under way, against the `concurrency` in force: kept over reloads. */
  readonly gate: Gate
}
