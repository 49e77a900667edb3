// What the supervisor is given, and what it answers.
import type { Clock } from '../base/clock.ts'
import type { Loaded } from '../config/load/load.ts'
import type { Finding, Plan } from '../config/plan.ts'
import type { ReloadOutcome } from './life.ts'
import type { Log } from './log.ts'
import type { PortsBeside } from './ports.ts'
import type { TelemetryHub } from './telemetry-hub.ts'

export interface SupervisorOptions {
  /** Reads the configuration; called at the start and for each reload. */
  readonly load: () => Promise<Loaded>
  /** What a worker thread runs. */
  readonly entry: URL
  /** How many workers that configuration wants on this machine. */
  readonly workers: (plan: Plan) => number
  /** ports: each worker listens (`reusePort`); relay: main accepts and hands sockets over. */
  readonly accept: 'ports' | 'relay'
  /** Do not prove that ports are free: take over from a running process. */
  readonly sharePort: boolean
  /** What the process listens on beside the listeners of its workers: the admin API and probes. */
  readonly beside?: PortsBeside | undefined
  /** Milliseconds without a heartbeat after which a worker is ended; default 10 s (R41). */
  readonly hang?: number
  readonly log: Log
  readonly clock: Clock
  readonly telemetry: TelemetryHub
}

/** What the last load found, and when it began and ended (monotonic ms). */
export interface LastLoad extends Pick<Loaded, 'findings' | 'files'> {
  readonly began: number
  readonly ended: number
}

/** The first configuration is served by every worker. */
export interface Ready {
  readonly plan: Plan
  readonly workers: number
}

export interface ReloadResult {
  readonly outcome: ReloadOutcome
  /** Why it was refused, '' when it was not. */
  readonly reason: string
  readonly findings: readonly Finding[]
  /** Milliseconds: from the reload's turn to a plan, and from there until every worker had taken it. */
  readonly took: { readonly read: number; readonly taken: number }
}

/** How the process ends. */
export interface Ending {
  readonly code: number
  readonly reason: string
  /** Of the last load. */
  readonly findings: readonly Finding[]
}
