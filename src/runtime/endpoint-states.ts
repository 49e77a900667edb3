// What the process knows of each endpoint, from what workers note of their connections (`endpoint-notes.ts`). Whoever checks health actively
// tells the same through `EndpointSource`.
import type { Clock } from '../base/clock.ts'
import type { FaultCode } from '../base/fault.ts'
import type { ServicePlan } from '../config/plan.ts'
import type { EndpointNote } from './endpoint-notes.ts'

export interface EndpointState {
  readonly service: string
  /** As `EndpointPlan.url`. */
  readonly endpoint: string
  /** unknown: nobody has tried to connect. */
  readonly state: 'up' | 'out' | 'unknown'
  /** Milliseconds since 1970; undefined while unknown. */
  readonly since: number | undefined
  /** `connect refused`; undefined unless it is out. */
  readonly reason: string | undefined
  /** Milliseconds since it was last seen so; undefined while unknown. */
  readonly age: number | undefined
}

/** Tells how endpoints are, in the order of the configuration in force. */
export interface EndpointSource {
  list(): readonly EndpointState[]
}

/** In the words of whoever looks for the cause. */
const REASONS = new Map<FaultCode, string>([
  ['upstream_refused', 'connect refused'],
  ['upstream_connect_timeout', 'connect timed out'],
  ['upstream_unresolved', 'name not resolved'],
])

interface Known {
  readonly fault: FaultCode | undefined
  /** Milliseconds since 1970, as the clock stood when it was told. */
  readonly since: number
  /** Monotonic ms. */
  readonly at: number
}

/** The last word on each endpoint, whichever worker said it. */
export class EndpointStates implements EndpointSource {
  readonly #clock: Pick<Clock, 'now' | 'wall'>
  readonly #known = new Map<string, Known>()
  #named = new Set<string>()
  #services: readonly Pick<ServicePlan, 'name' | 'endpoints'>[] = []

  constructor(clock: Pick<Clock, 'now' | 'wall'>) {
    this.#clock = clock
  }

  /** These are in force: what is known of others is forgotten. */
  use(services: readonly Pick<ServicePlan, 'name' | 'endpoints'>[]): void {
    this.#services = services
    this.#named = new Set(services.flatMap(({ name, endpoints }) => endpoints.map(({ url }) => keyOf(name, url))))
    for (const key of this.#known.keys()) if (!this.#named.has(key)) this.#known.delete(key)
  }

  /** A worker told. What was seen later counts; it has been so since it was first seen so, by whichever worker, without a break. */
  hear(notes: readonly EndpointNote[]): void {
    const now = this.#clock.now()
    const wall = this.#clock.wall()
    for (const { service, endpoint, fault, lasting, age } of notes) {
      const key = keyOf(service, endpoint)
      // Workers have it from requests that began with the configuration before.
      if (!this.#named.has(key)) continue
      const known = this.#known.get(key)
      const at = now - age
      if (known !== undefined && at < known.at) continue
      const same = known !== undefined && (fault === undefined) === (known.fault === undefined)
      // For this worker it may never have been otherwise; then it changed when it was seen.
      const began = known === undefined || now - lasting > known.at ? lasting : age
      this.#known.set(key, { fault, at, since: same ? known.since : Math.round(wall - began) })
    }
  }

  list(): readonly EndpointState[] {
    return this.#services.flatMap(({ name, endpoints }) => endpoints.map(({ url }) => this.#stateOf(name, url)))
  }

  #stateOf(service: string, endpoint: string): EndpointState {
    const note = this.#known.get(keyOf(service, endpoint))
    if (note === undefined) return { service, endpoint, state: 'unknown', since: undefined, reason: undefined, age: undefined }
    const { fault, since, at } = note
    const reason = fault === undefined ? undefined : (REASONS.get(fault) ?? fault.replace('upstream_', '').replaceAll('_', ' '))
    return { service, endpoint, state: fault === undefined ? 'up' : 'out', since, reason, age: Math.round(this.#clock.now() - at) }
  }
}

/** Neither holds a line feed. */
const keyOf = (service: string, endpoint: string): string => `${service}\n${endpoint}`
