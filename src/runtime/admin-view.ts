// The gateway as the admin API tells of it: what main holds, gathered at each request. Nothing here asks a worker.
import type { EndpointView, GatewayView, LastReload, MetricsFormat, ReloadView } from '../admin/view.ts'
import type { Clock } from '../base/clock.ts'
import { diffPlans } from '../config/diff.ts'
import type { Secret } from '../config/load/node.ts'
import type { Plan } from '../config/plan.ts'
import type { Life } from './life.ts'
import type { ReloadResult } from './supervision.ts'
import type { WorkerReport } from './worker-reports.ts'

/** What main knows that is neither the supervisor's nor the admin API's. */
export interface AdminSources {
  readonly version: string
  /** The text of `/metrics`. */
  readonly metrics: (view: GatewayView, format: MetricsFormat) => string
  /** What is known of endpoints; left out: nothing. */
  readonly endpoints?: () => readonly EndpointView[]
  /** Explains a request by a plan; resolves with a sentence for what it does not understand. Left out: this gateway cannot. */
  readonly explain?: (plan: Plan, request: unknown) => Promise<{ readonly explanation: unknown } | { readonly message: string }>
}

/** The supervisor, as far as it is told of. */
export interface Led {
  readonly life: Life
  readonly plan: Plan | undefined
  readonly ready: boolean
  readonly workers: readonly WorkerReport[]
}

export class AdminView implements GatewayView {
  readonly #sources: AdminSources
  readonly #clock: Clock
  readonly #secrets = new WeakMap<Plan, readonly Secret[]>()
  #led: Led | undefined
  #reload: (why: string) => Promise<ReloadResult> = () => Promise.reject(new Error('there is no gateway yet'))
  #hash = ''
  readonly pid = process.pid
  readonly startedAt: number
  changedAt: number
  lastReload: LastReload | undefined
  takenAt: number
  readonly reloads = { switched: 0, refused: 0 }

  constructor(sources: AdminSources, clock: Clock) {
    this.#sources = sources
    this.#clock = clock
    this.startedAt = Math.round(clock.wall() - process.uptime() * 1_000)
    this.changedAt = this.startedAt
    this.takenAt = this.startedAt
  }

  /** From now on there is a gateway. `reload`: as SIGHUP does it, with its words in the log. */
  attach(led: Led, reload: (why: string) => Promise<ReloadResult>): void {
    this.#led = led
    this.#reload = reload
  }

  /** A plan has been loaded, with these secrets in it. */
  keep(plan: Plan, secrets: readonly Secret[]): void {
    this.#secrets.set(plan, secrets)
  }

  /** A plan is in force. */
  use({ hash }: Plan): void {
    if (hash !== this.#hash) this.changedAt = this.wall()
    this.#hash = hash
  }

  /** A reload, whoever asked for it, has come to an end. */
  reloaded({ outcome, reason }: ReloadResult): void {
    if (outcome === 'superseded') return
    this.lastReload = { at: this.wall(), outcome, reason }
    this.reloads[outcome]++
    if (outcome === 'switched') this.takenAt = this.wall()
  }

  wall(): number {
    return Math.round(this.#clock.wall())
  }

  get version(): string {
    return this.#sources.version
  }

  get plan(): Plan | undefined {
    return this.#led?.plan
  }

  get secrets(): readonly Secret[] {
    const { plan } = this
    return plan === undefined ? [] : (this.#secrets.get(plan) ?? [])
  }

  get ready(): boolean {
    return this.#led?.ready ?? false
  }

  get stopping(): boolean {
    const phase = this.#led?.life.phase
    return phase === 'pre-stop' || phase === 'draining' || phase === 'ended'
  }

  get wanted(): number {
    return this.#led?.life.size ?? 0
  }

  get workers(): readonly WorkerReport[] {
    return this.#led?.workers ?? []
  }

  get refusedRoutes(): readonly string[] {
    return this.#led?.life.refused ?? []
  }

  get endpoints(): readonly EndpointView[] {
    return this.#sources.endpoints?.() ?? []
  }

  metrics(format: MetricsFormat): string {
    return this.#sources.metrics(this, format)
  }

  async reload(who: string): Promise<ReloadView> {
    const before = this.plan
    const result = await this.#reload(`asked for by ${who}`)
    const after = this.plan
    const changes = result.outcome === 'switched' && before !== undefined && after !== undefined ? diffPlans(before, after) : undefined
    return { ...result, changes }
  }

  get explain(): GatewayView['explain'] {
    const { explain } = this.#sources
    const { plan } = this
    return explain === undefined || plan === undefined ? undefined : (request) => explain(plan, request)
  }
}
