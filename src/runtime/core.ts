// The data plane of one thread: (plan, clock, observer) → a core that takes sockets. A worker is a core and a message bus.
import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { ListenerPlan, Plan } from '../config/plan.ts'
import type { Observer } from '../observe/observer.ts'

/** A version that has been built and not yet taken. */
export interface Prepared {
  readonly version: number
}

export interface Core {
  /** Builds everything that can fail; rejects with a message. */
  prepare(plan: Plan): Promise<Prepared>
  switch(prepared: Prepared): void
  discard(prepared: Prepared): void
  accept(socket: Socket, listener: ListenerPlan): void
  startDrain(): void
  closeIdle(): void
  readonly load: { readonly connections: number; readonly exchanges: number }
  /** Names of routes that are answered 503 `poisonous`. */
  refuse(routes: ReadonlySet<string>): void
  /** Names by `ServedRoute.index`. */
  readonly routeNames: readonly string[]
  end(): Promise<void>
}

export interface CoreDeps {
  readonly clock: Clock
  readonly observer: Observer
  readonly slot: number
  /** One word: 1 + index of the route whose code runs, 0 outside. */
  readonly running: Int32Array
}
