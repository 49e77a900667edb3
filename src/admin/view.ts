// What the admin API is given to tell of: the gateway as the main thread holds it. Nothing here waits for a worker.
import type { PlanDiff } from '../config/diff.ts'
import type { Secret } from '../config/load/node.ts'
import type { Finding, Plan } from '../config/plan.ts'

/** Formats of `/metrics`. */
export type MetricsFormat = 'prometheus' | 'openmetrics'

export interface WorkerView {
  readonly id: number
  readonly state: string
  /** Seconds since it last showed a sign of life, in steps of half a second; undefined before the first. */
  readonly reportAge: number | undefined
  readonly connections: number
  /** As of its last sign of life. */
  readonly exchanges: number
  /** It has given no sign of life for more than a second. */
  readonly blocked: boolean
}

/** What is known of an endpoint from the connections that were tried. */
export interface EndpointView {
  readonly service: string
  /** As `EndpointPlan.url`. */
  readonly endpoint: string
  readonly state: 'up' | 'out' | 'unknown'
  /** Milliseconds since 1970; undefined while unknown. */
  readonly since: number | undefined
  /** `connect refused`; undefined unless it is out. */
  readonly reason: string | undefined
}

export interface LastReload {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly outcome: 'switched' | 'refused'
  /** Why it was refused; '' when it was not. */
  readonly reason: string
}

export interface ReloadView {
  readonly outcome: 'switched' | 'refused' | 'superseded'
  readonly reason: string
  readonly findings: readonly Finding[]
  /** Milliseconds. */
  readonly took: { readonly read: number; readonly taken: number }
  /** Undefined unless it was switched. */
  readonly changes: PlanDiff | undefined
}

export interface GatewayView {
  readonly version: string
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  wall(): number
  /** The plan in force; undefined before the first. */
  readonly plan: Plan | undefined
  /** Since when it has been in force, in milliseconds since 1970: a reload that changes nothing does not count. */
  readonly changedAt: number
  readonly lastReload: LastReload | undefined
  /** When the plan in force was taken, by the start or a reload, in milliseconds since 1970. */
  readonly takenAt: number
  /** How many reloads ended in which way. */
  readonly reloads: Readonly<Record<LastReload['outcome'], number>>
  /** Values that no answer shows. */
  readonly secrets: readonly Secret[]
  readonly ready: boolean
  /** It was told to stop. */
  readonly stopping: boolean
  /** So many workers there are to be. */
  readonly wanted: number
  readonly workers: readonly WorkerView[]
  /** Routes that are answered 503 since their code ended workers. */
  readonly refusedRoutes: readonly string[]
  readonly endpoints: readonly EndpointView[]
  metrics(format: MetricsFormat): string
  /** Reads the configuration again; `who` goes into the log. */
  reload(who: string): Promise<ReloadView>
  /** Why a request goes where it goes; undefined where this version cannot tell. Resolves with a sentence for what it does not understand. */
  readonly explain: ((request: unknown) => Promise<{ readonly explanation: unknown } | { readonly message: string }>) | undefined
}
