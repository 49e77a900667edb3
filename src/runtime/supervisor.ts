// The control plane of the process: feeds the life-cycle with what happens and does what it commands. All decisions are in `lifecycle.ts`;
// this file knows threads, timers, ports and plans.
import { randomHex } from '../base/random.ts'
import type { Clock } from '../base/clock.ts'
import type { Loaded } from '../config/load/load.ts'
import type { Finding, Plan } from '../config/plan.ts'
import type { TakeSocket } from '../net/acceptor.ts'
import { PermitTable } from '../upstream/limit/permit-cells.ts'
import type { FromWorker, PermitBuffers } from './bus.ts'
import { cell, Cells } from './cells.ts'
import { Crew } from './crew.ts'
import { descriptorBudget } from './descriptors.ts'
import { type Command, type Event, exitCodes, type Life, newLife, type ReloadOutcome, type StopSignal, type Timer } from './life.ts'
import { step } from './lifecycle.ts'
import type { Log } from './log.ts'
import { heapLimit } from './memory.ts'
import { Ports } from './ports.ts'
import type { TelemetryHub } from './telemetry-hub.ts'
import { Timers } from './timers.ts'
import { stackOf, Watchdog } from './watchdog.ts'

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
  /** Milliseconds without a heartbeat after which a worker is ended; default 10 s (R41). */
  readonly hang?: number
  readonly log: Log
  readonly clock: Clock
  readonly telemetry: TelemetryHub
}

export interface ReloadResult {
  readonly outcome: ReloadOutcome
  /** Why it was refused, '' when it was not. */
  readonly reason: string
  readonly findings: readonly Finding[]
}

export interface Ready {
  readonly plan: Plan
  readonly workers: number
}

/** Slots beyond the workers': successors beside their predecessors, and threads that take their time to end. */
const spareSlots = 8
/** No machine that this is for has more cores. */
const maxWorkers = 256

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #cells = new Cells(maxWorkers + spareSlots)
  readonly #permits = new PermitTable(maxWorkers + spareSlots)
  readonly #crew: Crew
  readonly #watchdog: Watchdog
  readonly #timers: Timers<Timer>
  readonly #ports: Ports
  readonly #reloads = new Map<number, (result: ReloadResult) => void>()
  readonly #replaced = new Map<number, () => void>()
  /** Plans that are still of use, by version: the agreed one and the candidate. */
  readonly #plans = new Map<number, Plan>()
  #life: Life = newLife()
  readonly #loopId = `tidegate-${randomHex(6)}`
  #events: Event[] | undefined
  #versions = 0
  #reloadIds = 0
  #findings: readonly Finding[] = []
  #files: readonly string[] = []
  #ready = false
  readonly #started = Promise.withResolvers<Ready | undefined>()
  readonly #ended = Promise.withResolvers<{ code: number; reason: string; findings: readonly Finding[] }>()

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#crew = new Crew(options.entry, this.#cells, {
      message: (worker, message) => this.#hear(worker, message),
      gone: (worker, reason) => this.#gone(worker, reason),
    })
    this.#watchdog = new Watchdog(
      this.#cells,
      () => this.#watched(),
      {
        blocked: (worker) => void this.#reportBlocked(worker),
        hung: (worker) => this.#feed({ type: 'hung', worker, at: options.clock.now(), culprit: this.#crew.culprit(worker) }),
      },
      options.hang ?? 10_000,
    )
    this.#timers = new Timers((timer) => this.#feed({ type: 'timeout', timer, at: options.clock.now() }))
    const relay: TakeSocket = (socket, address) => this.#crew.sendSocket(this.#accepting(), { type: 'connection', socket, address })
    this.#ports = new Ports({ share: options.sharePort, relay: options.accept === 'relay' ? relay : undefined })
  }

  /** Boots. Resolves when every worker listens, or with undefined when the process is to end instead (see `ended`). */
  start(): Promise<Ready | undefined> {
    this.#execute({ type: 'load' })
    return this.#started.promise
  }

  /** Resolves once, when nothing runs any more; the process then exits with that code. */
  get ended(): Promise<{ code: number; reason: string; findings: readonly Finding[] }> {
    return this.#ended.promise
  }

  /** The first configuration is served, by at least one worker, and no stop has been asked for. */
  get ready(): boolean {
    return this.#ready && this.#life.workers.some((worker) => worker.state === 'serving')
  }

  get life(): Life {
    return this.#life
  }

  /** The plan in force. */
  get plan(): Plan | undefined {
    return this.#plans.get(this.#life.agreed)
  }

  /** What the last load read, also when it failed: what to watch. */
  get files(): readonly string[] {
    return this.#files
  }

  /** Connections and requests in flight, over all workers. */
  get load(): { connections: number; exchanges: number } {
    return { connections: this.#cells.total(cell.connections), exchanges: this.#cells.total(cell.exchanges) }
  }

  /** Reads the configuration again and switches to it if every worker can. Of several that wait the newest wins. */
  reload(): Promise<ReloadResult> {
    const id = ++this.#reloadIds
    return new Promise((resolve) => {
      this.#reloads.set(id, resolve)
      this.#feed({ type: 'reload', id })
    })
  }

  /** Replaces a worker that serves by a fresh one, without losing a connection. Resolves when the old one has handed its listeners over. */
  replaceWorker(worker: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#life.workers.find((one) => one.id === worker)?.state !== 'serving') return resolve()
      this.#replaced.set(worker, resolve)
      this.#feed({ type: 'replace', worker })
    })
  }

  /** First call: drain. Second call: end at once. */
  stop(signal: StopSignal): void {
    this.#feed({ type: 'stop', signal })
  }

  /** Events that arise while commands are done wait their turn. */
  #feed(event: Event): void {
    if (this.#events !== undefined) {
      this.#events.push(event)
      return
    }
    this.#events = [event]
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const { life, commands } = step(this.#life, next)
      this.#life = life
      for (const command of commands) this.#execute(command)
    }
    this.#events = undefined
    for (const [worker, resolve] of this.#replaced)
      if (!this.#life.workers.some((one) => one.id === worker && (one.state === 'serving' || one.state === 'handing-over'))) {
        this.#replaced.delete(worker)
        resolve()
      }
  }

  #execute(command: Command): void {
    const { log } = this.#options
    switch (command.type) {
      case 'load':
        void this.#load()
        return
      case 'probe':
        void this.#probe(this.#planOf(command.version))
        return
      case 'spawn':
        return this.#spawn(command.worker, command.slot, command.version)
      case 'prepare':
        return this.#crew.send(command.worker, { type: 'prepare', ...this.#handOver(command.version) })
      case 'switch':
      case 'discard':
        return this.#crew.send(command.worker, { type: command.type, version: command.version })
      case 'drain':
        // Main stops accepting first, so that what it has accepted still arrives.
        if (this.#life.phase === 'draining') void this.#ports.close().then(() => this.#crew.send(command.worker, { type: 'drain' }))
        else this.#crew.send(command.worker, { type: 'drain' })
        return
      case 'listen':
      case 'cut':
        return this.#crew.send(command.worker, { type: command.type })
      case 'hand-over':
        return this.#crew.connect(command.from, command.to)
      case 'terminate':
        log.debug(`worker ${command.worker} is ended: ${command.reason}`)
        return this.#crew.end(command.worker)
      case 'refuse-routes':
        for (const { id } of this.#life.workers) this.#crew.send(id, { type: 'refuse-routes', names: command.culprits })
        return
      case 'timer':
        return this.#timers.start(command.timer, command.ms)
      case 'wait': {
        const timeouts = this.plan?.timeouts
        return this.#timers.start(command.timer, (command.timer === 'pre-stop' ? timeouts?.preStop : timeouts?.drain) ?? 0)
      }
      case 'cancel':
        return this.#timers.cancel(command.timer)
      case 'settle':
        return this.#settle(command.reload, command.outcome, command.reason)
      case 'agreed':
        return this.#agreed(command.version, command.first)
      case 'readiness':
        this.#ready = command.ready
        return
      case 'say':
        return log[command.level](command.message)
      case 'exit':
        void this.#exit(command.code, command.reason)
        return
      default:
        command satisfies never
    }
  }

  async #load(): Promise<void> {
    const { plan, findings, files } = await this.#options.load()
    this.#findings = findings
    this.#files = files
    if (plan === undefined) {
      const errors = findings.filter(({ severity }) => severity === 'error')
      this.#feed({
        type: 'load-refused',
        exit: exitCodes.config,
        reason: `${errors.length} error${errors.length === 1 ? '' : 's'} in the configuration`,
      })
      return
    }
    plan.version = ++this.#versions
    this.#plans.set(plan.version, plan)
    this.#feed({ type: 'loaded', version: plan.version, size: Math.min(maxWorkers, this.#options.workers(plan)) })
  }

  async #probe(plan: Plan): Promise<void> {
    const reason = await this.#ports.prepare(plan, this.plan?.listeners ?? [])
    this.#feed(reason === undefined ? { type: 'probed' } : { type: 'probe-refused', exit: exitCodes.bind, reason })
  }

  #spawn(id: number, slot: number, version: number): void {
    const { accept, telemetry } = this.#options
    const handedOver = this.#handOver(version)
    this.#crew.start(
      {
        id,
        slot,
        ...handedOver,
        cells: this.#cells.buffer,
        accept,
        loopId: this.#loopId,
        descriptors: descriptorBudget(this.#life.size),
        refused: this.#life.refused,
        telemetry: telemetry.acquire(id),
      },
      heapLimit(this.#life.size, handedOver.plan.limits.memory),
    )
  }

  #hear(worker: number, message: FromWorker): void {
    const { log, telemetry } = this.#options
    switch (message.type) {
      case 'ready':
      case 'listening':
      case 'adopted':
        return this.#feed({ type: message.type, worker })
      case 'prepared':
      case 'switched':
        return this.#feed({ type: message.type, worker, version: message.version })
      case 'refused':
        return this.#feed({ ...message, worker })
      case 'drained':
        return this.#feed({ type: 'drained', worker, cut: message.cut })
      case 'failed':
        log.error(`worker ${worker} let an error escape and is replaced: ${message.stack}`)
        return this.#feed({ type: 'failed', worker })
      case 'say':
        return log[message.level](message.message)
      case 'telemetry':
        return telemetry.receive(worker, message.report, (bytes) => this.#crew.send(worker, { type: 'acknowledge', bytes }))
      default:
        message satisfies never
    }
  }

  #gone(worker: number, reason: string): void {
    const known = this.#life.workers.find((one) => one.id === worker)
    const culprit = this.#crew.culprit(worker)
    this.#options.telemetry.release(worker)
    // What it held would be held for ever.
    if (known !== undefined) this.#permits.clear(known.slot)
    if (known !== undefined && known.state !== 'dead' && this.#life.phase !== 'ended')
      this.#options.log.error(`worker ${worker} was lost${culprit === undefined ? '' : ` in route ${culprit}`}: ${reason}`)
    this.#feed({ type: 'gone', worker, at: this.#options.clock.now(), culprit })
  }

  #settle(reload: number, outcome: ReloadOutcome, reason: string): void {
    if (outcome === 'refused') {
      this.#ports.revert()
      this.#forgetAllBut(this.#life.agreed)
    }
    this.#reloads.get(reload)?.({ outcome, reason, findings: outcome === 'superseded' ? [] : this.#findings })
    this.#reloads.delete(reload)
  }

  #agreed(version: number, first: boolean): void {
    const plan = this.#planOf(version)
    this.#forgetAllBut(version)
    this.#permits.keep(plan.services.map(({ name }) => name))
    this.#ports.commit(plan)
    this.#options.telemetry.use(plan)
    if (first) this.#started.resolve({ plan, workers: this.#life.size })
  }

  #forgetAllBut(version: number): void {
    for (const other of this.#plans.keys()) if (other !== version) this.#plans.delete(other)
  }

  #accepting(): readonly number[] {
    return this.#life.workers.filter(({ state }) => state === 'serving' || state === 'handing-over').map(({ id }) => id)
  }

  #watched(): readonly { worker: number; slot: number }[] {
    return this.#life.workers
      .filter((one) => one.state !== 'dead' && one.state !== 'starting')
      .map(({ id, slot }) => ({ worker: id, slot }))
  }

  async #reportBlocked(worker: number): Promise<void> {
    const thread = this.#crew.thread(worker)
    if (thread === undefined) return
    const culprit = this.#crew.culprit(worker)
    const stack = await stackOf(thread.threadId)
    this.#options.log.warn(
      `worker ${worker} has been blocked for more than a second${culprit === undefined ? '' : ` in route ${culprit}`}\n${stack ?? '    (no stack)'}`,
    )
  }

  /** What a worker builds that version from. */
  #handOver(version: number): { readonly plan: Plan; readonly permits: PermitBuffers } {
    const plan = this.#planOf(version)
    return { plan, permits: this.#permits.of(plan.services.map(({ name }) => name)) }
  }

  #planOf(version: number): Plan {
    const plan = this.#plans.get(version)
    if (plan === undefined) throw new Error(`version ${version} of the configuration is not known`)
    return plan
  }

  async #exit(code: number, reason: string): Promise<void> {
    this.#ready = false
    this.#watchdog.end()
    this.#timers.end()
    await this.#ports.close()
    await this.#crew.endAll()
    this.#started.resolve(undefined)
    this.#ended.resolve({ code, reason, findings: this.#findings })
  }
}
