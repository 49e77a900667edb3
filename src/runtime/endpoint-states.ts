// What is known of endpoints from the connections that were tried: workers tell when one could not be opened and when one could be again,
// and nothing in between. An endpoint is out while any worker's last attempt has failed.
import type { FaultCode } from '../base/fault.ts'
import type { Plan } from '../config/plan.ts'

/** What a worker tells of an endpoint. `fault` is undefined once a connection stands again. */
export interface EndpointReport {
  readonly service: string
  /** Its URL without path. */
  readonly endpoint: string
  readonly fault: FaultCode | undefined
}

export interface EndpointState {
  readonly service: string
  readonly endpoint: string
  readonly state: 'up' | 'out' | 'unknown'
  /** Milliseconds since 1970; undefined while unknown. */
  readonly since: number | undefined
  /** `connect refused`; undefined unless it is out. */
  readonly reason: string | undefined
}

interface Known {
  /** Workers whose last attempt failed, with its fault. */
  readonly failing: Map<number, FaultCode>
  since: number
}

/** A worker's side: posts what has changed. Touches no request that has a connection. */
export class EndpointNotes {
  readonly #post: (report: EndpointReport) => void
  readonly #seen = new Map<string, FaultCode | undefined>()

  constructor(post: (report: EndpointReport) => void) {
    this.#post = post
  }

  failed(service: string, endpoint: string, fault: FaultCode): void {
    this.#note({ service, endpoint, fault })
  }

  reached(service: string, endpoint: string): void {
    this.#note({ service, endpoint, fault: undefined })
  }

  #note(report: EndpointReport): void {
    const key = keyOf(report)
    if (this.#seen.has(key) && (this.#seen.get(key) === undefined) === (report.fault === undefined)) return
    this.#seen.set(key, report.fault)
    this.#post(report)
  }
}

/** Main's side. */
export class EndpointStates {
  readonly #known = new Map<string, Known>()
  readonly #wall: () => number
  #plan: Plan | undefined

  /** `wall`: milliseconds since 1970. */
  constructor(wall: () => number) {
    this.#wall = wall
  }

  hear(worker: number, report: EndpointReport): void {
    const key = keyOf(report)
    let known = this.#known.get(key)
    const before = known !== undefined && known.failing.size > 0
    if (known === undefined) this.#known.set(key, (known = { failing: new Map(), since: this.#wall() }))
    if (report.fault === undefined) known.failing.delete(worker)
    else known.failing.set(worker, report.fault)
    if (known.failing.size > 0 !== before) known.since = this.#wall()
  }

  /** The worker has ended, and with it what it knew. */
  release(worker: number): void {
    for (const known of this.#known.values()) if (known.failing.delete(worker) && known.failing.size === 0) known.since = this.#wall()
  }

  /** That configuration is in force: what it does not name is forgotten. */
  use(plan: Plan): void {
    this.#plan = plan
    const named = new Set(
      plan.services.flatMap(({ name, endpoints }) => endpoints.map(({ url }) => keyOf({ service: name, endpoint: url }))),
    )
    for (const key of this.#known.keys()) if (!named.has(key)) this.#known.delete(key)
  }

  /** Every endpoint of the configuration in force, in its order. */
  list(): EndpointState[] {
    return (this.#plan?.services ?? []).flatMap(({ name, endpoints }) => endpoints.map(({ url }) => this.#stateOf(name, url)))
  }

  #stateOf(service: string, endpoint: string): EndpointState {
    const known = this.#known.get(keyOf({ service, endpoint }))
    if (known === undefined) return { service, endpoint, state: 'unknown', since: undefined, reason: undefined }
    const [fault] = known.failing.values()
    const state = fault === undefined ? 'up' : 'out'
    return { service, endpoint, state, since: known.since, reason: fault === undefined ? undefined : (REASONS.get(fault) ?? fault) }
  }
}

const REASONS: ReadonlyMap<FaultCode, string> = new Map([
  ['upstream_refused', 'connect refused'],
  ['upstream_connect_timeout', 'connect timed out'],
  ['upstream_unresolved', 'name not resolved'],
  ['ports_exhausted', 'no local port or descriptor left'],
])

const keyOf = ({ service, endpoint }: Pick<EndpointReport, 'service' | 'endpoint'>): string => `${service}\0${endpoint}`
