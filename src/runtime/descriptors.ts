// Descriptors are the process's, and running out of them must not cost a client its connection (R42). libuv then accepts and closes without
// a word, so nobody waits for that: open connections are counted over all workers, and at the budget accepting pauses while clients wait in
// the kernel's queue.
import { readdirSync } from 'node:fs'
import type { Observer } from '../observe/observer.ts'
import type { Acceptor } from '../net/acceptor.ts'
import type { AcceptingObserver, Pause } from './accepting.ts'
import type { DescriptorBudget } from './bus.ts'
import { cell, type Cells } from './cells.ts'
import { descriptorLimit } from './descriptor-limit.ts'

/** Kept back for log files, configuration files, the admin port and name look-ups. */
const reserve = 32
/** What a worker's event loop, its pipes and its listeners take. */
const perWorker = 16

/** The budget of this process for `workers` workers; `limit` is how many files it may open. */
export function descriptorBudget(workers: number, limit = descriptorLimit()): DescriptorBudget {
  const all = Math.max(16, limit - descriptorsInUse() - reserve - workers * perWorker)
  // A request in flight takes two, an idle client one: two thirds for clients leave room for services whatever the mix.
  return { all, clients: Math.max(8, Math.floor((all * 2) / 3)) }
}

function descriptorsInUse(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 32
  }
}

/** Counts a worker's connections into its cells, and pauses and resumes its acceptor. */
export class DescriptorGuard {
  readonly #cells: Cells
  readonly #own: Int32Array
  readonly #budget: DescriptorBudget
  readonly #underWay: () => number
  #acceptor: Pick<Acceptor, 'pause' | 'resume'> | undefined
  #observer: Partial<AcceptingObserver> = {}
  #clients: number
  #paused = false

  /** `underWay`: connections that nobody has counted yet, accepted by one thread for another. */
  constructor(cells: Cells, slot: number, budget: DescriptorBudget, underWay = () => 0) {
    this.#underWay = underWay
    this.#cells = cells
    this.#own = cells.of(slot)
    this.#budget = budget
    this.#clients = budget.clients
  }

  /** The acceptor that pauses. */
  guard(acceptor: Pick<Acceptor, 'pause' | 'resume'>): void {
    this.#acceptor = acceptor
  }

  /** The configuration's `limits.connections`; undefined: only what descriptors allow. */
  limit(connections: number | undefined): void {
    this.#clients = Math.min(this.#budget.clients, connections ?? Infinity)
    this.look()
  }

  get paused(): boolean {
    return this.#paused
  }

  /** This worker's share of the connections that have to end before accepting goes on; 0 when it does. */
  get excess(): number {
    if (!this.#paused) return 0
    const { clients, all } = this.#open()
    const share = (this.#own[cell.connections] as number) / Math.max(1, clients)
    return Math.ceil(Math.max(0, this.#above(clients, all)) * share)
  }

  /** What is open in all workers: connections of clients, and those to services with them. */
  #open(): { clients: number; all: number } {
    const clients = this.#cells.total(cell.connections) + this.#underWay()
    return { clients, all: clients + this.#cells.total(cell.upstreams) }
  }

  /** How many too many for accepting to go on: some way below the limits, so that it does not flap with each connection. */
  #above(clients: number, all: number): number {
    return Math.max(clients - this.#clients + slack(this.#clients), all - this.#budget.all + slack(this.#budget.all))
  }

  /** The same observer, with connections counted on the way. From now on it hears of accepting that pauses, too, if it wants to. */
  counting(observer: Observer & Partial<AcceptingObserver>): Observer {
    this.#observer = observer
    return {
      exchangeEnded: observer.exchangeEnded.bind(observer),
      requestRejected: observer.requestRejected.bind(observer),
      connectionOpened: () => {
        this.#count(cell.connections, 1)
        observer.connectionOpened()
      },
      connectionRefused: observer.connectionRefused.bind(observer),
      connectionClosed: () => {
        this.#count(cell.connections, -1)
        observer.connectionClosed()
      },
      upstreamOpened: (service, endpoint) => {
        this.#count(cell.upstreams, 1)
        observer.upstreamOpened(service, endpoint)
      },
      endpointReached: observer.endpointReached.bind(observer),
      endpointFailed: observer.endpointFailed.bind(observer),
      upstreamClosed: (service, endpoint) => {
        this.#count(cell.upstreams, -1)
        observer.upstreamClosed(service, endpoint)
      },
    }
  }

  /** Looks at the budget again: other workers' connections close unseen by this one. Called with the heartbeat. */
  look(): void {
    const { clients, all } = this.#open()
    if (this.#paused) {
      if (this.#above(clients, all) > 0) return
      this.#paused = false
      this.#acceptor?.resume()
      this.#observer.acceptingResumed?.()
    } else if (clients >= this.#clients || all >= this.#budget.all) {
      this.#paused = true
      this.#acceptor?.pause()
      this.#observer.acceptingPaused?.(this.#reason(clients))
    }
  }

  #reason(clients: number): Pause {
    if (clients < this.#clients) return { limit: 'descriptors', number: this.#budget.all }
    return { limit: this.#clients < this.#budget.clients ? 'connections' : 'descriptors', number: this.#clients }
  }

  #count(index: number, by: 1 | -1): void {
    Atomics.add(this.#own, index, by)
    this.look()
  }
}

const slack = (budget: number): number => Math.max(1, Math.floor(budget / 32))
