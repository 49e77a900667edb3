// A worker's side of what is known of endpoints: it notes how opening connections goes, and at its beat hands on what has changed. Main's side
// is `endpoint-states.ts`.
import type { Clock } from '../base/clock.ts'
import { type FaultCode, faults } from '../base/fault.ts'

/** What a worker last saw of an endpoint. */
export interface EndpointNote {
  readonly service: string
  /** As `EndpointPlan.url`. */
  readonly endpoint: string
  /** Why no connection could be opened; undefined: one was. */
  readonly fault: FaultCode | undefined
  /** Milliseconds before now: how long it has been so without a break, and when it was last seen. Threads do not share a clock that stands. */
  readonly lasting: number
  readonly age: number
}

/** After so many milliseconds the same is told again, where it has been seen again: another worker may have told otherwise. */
const AGAIN = 10_000
/** Endpoints that are remembered. Reloads that rename them for ever start over at this number. */
const MOST = 65_536

interface Seen {
  readonly service: string
  readonly endpoint: string
  fault: FaultCode | undefined
  since: number
  at: number
  /** When it was last told, and whether there is something new to tell. */
  toldAt: number
  changed: boolean
}

export class EndpointNotes {
  readonly #clock: Pick<Clock, 'now'>
  readonly #seen = new Map<string, Map<string, Seen>>()
  /** Those that have something to tell. */
  readonly #fresh = new Set<Seen>()
  #size = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** A connection was opened. */
  reached(service: string, endpoint: string): void {
    this.#see(service, endpoint, undefined)
  }

  /** None could be. What only this gateway lacks (ports, descriptors) says nothing of the endpoint. */
  failed(service: string, endpoint: string, fault: FaultCode): void {
    if (faults[fault].side === 'upstream') this.#see(service, endpoint, fault)
  }

  /** What has changed since it was last told, and what has been seen again after a while. */
  take(): readonly EndpointNote[] {
    if (this.#fresh.size === 0) return []
    const now = this.#clock.now()
    const notes: EndpointNote[] = []
    for (const seen of this.#fresh) {
      if (!seen.changed && now - seen.toldAt < AGAIN) continue
      this.#fresh.delete(seen)
      seen.changed = false
      seen.toldAt = now
      const { service, endpoint, fault, since, at } = seen
      notes.push({ service, endpoint, fault, lasting: now - since, age: now - at })
    }
    return notes
  }

  #see(service: string, endpoint: string, fault: FaultCode | undefined): void {
    const now = this.#clock.now()
    const seen = this.#seen.get(service)?.get(endpoint) ?? this.#begin(service, endpoint, now)
    const was = seen.fault === undefined
    const is = fault === undefined
    if (was !== is) {
      seen.since = now
      seen.changed = true
    }
    seen.fault = fault
    seen.at = now
    this.#fresh.add(seen)
  }

  #begin(service: string, endpoint: string, now: number): Seen {
    if (this.#size >= MOST) {
      this.#seen.clear()
      this.#size = 0
    }
    this.#size++
    let endpoints = this.#seen.get(service)
    if (endpoints === undefined) this.#seen.set(service, (endpoints = new Map()))
    const seen = { service, endpoint, fault: undefined, since: now, at: now, toldAt: 0, changed: true }
    endpoints.set(endpoint, seen)
    return seen
  }
}
