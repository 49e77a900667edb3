// The control plane of the process: feeds the life-cycle with what happens and does what it commands. All decisions are in `lifecycle.ts`;
// this file knows threads, timers, ports and plans.
import { randomHex } from '../base/random.ts'
import type { Plan } from '../config/plan.ts'
import type { FromWorker } from './bus.ts'
import { Cells, maxSlots, maxWorkers } from './cells.ts'
import { Crew } from './crew.ts'
import { descriptorBudget } from './descriptors.ts'
import { type Command, type Event, exitCodes, type Life, newLife, type ReloadOutcome, type StopSignal, type Timer } from './life.ts'
import { step } from './lifecycle.ts'
import { heapLimit } from './memory.ts'
import { Ports } from './ports.ts'
import { RelayPorts } from './relay-ports.ts'
import type { Ending, LastLoad, Ready, ReloadResult, SupervisorOptions } from './supervision.ts'
import { Timers } from './timers.ts'
import { Versions } from './versions.ts'
import { Watchdog } from './watchdog.ts'
import { watchedWorkers, type WorkerReport, workerReports } from './worker-reports.ts'

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #cells = new Cells(maxSlots)
  readonly #versions = new Versions(maxSlots)
  readonly #crew: Crew
  readonly #watchdog: Watchdog
  readonly #timers: Timers<Timer>
  readonly #ports: Ports
  readonly #reloads = new Map<number, (result: ReloadResult) => void>()
  readonly #replaced = new Map<number, () => void>()
  #life: Life = newLife()
  readonly #loopId = `tidegate-${randomHex(6)}`
  #events: Event[] | undefined
  #reloadIds = 0
  #loaded: LastLoad = { findings: [], files: [], began: 0, ended: 0 }
  #ready = false
  readonly #started = Promise.withResolvers<Ready | undefined>()
  readonly #ended = Promise.withResolvers<Ending>()

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#crew = new Crew(options.entry, this.#cells, {
      message: (worker, message) => this.#hear(worker, message),
      gone: (worker, reason) => this.#gone(worker, reason),
    })
    this.#watchdog = new Watchdog(this.#cells, options.hang ?? 10_000, {
      watched: () => watchedWorkers(this.#life),
      blocked: (worker) => void this.#blocked(worker),
      hung: (worker) => this.#feed({ type: 'hung', worker, at: options.clock.now(), culprit: this.#crew.culprit(worker) }),
    })
    this.#timers = new Timers((timer) => this.#feed({ type: 'timeout', timer, at: options.clock.now() }))
    const { sharePort: share, beside } = options
    const workers = () => this.#life.workers.filter(({ state }) => state === 'serving' || state === 'handing-over').map(({ id }) => id)
    this.#ports =
      options.accept === 'ports'
        ? new Ports({ share, relay: undefined, beside })
        : new RelayPorts({ beside, cells: this.#cells, crew: this.#crew, share, workers, ceiling: () => this.plan?.limits.connections })
  }

  /** Boots. Resolves when every worker listens, or with undefined when the process is to end instead (see `ended`). */
  start(): Promise<Ready | undefined> {
    this.#execute({ type: 'load' })
    return this.#started.promise
  }

  /** Resolves once, when nothing runs any more; the process then exits with that code. */
  get ended(): Promise<Ending> {
    return this.#ended.promise
  }

  /** The first configuration is served, by at least one worker, and no stop has been asked for. */
  get ready(): boolean {
    return this.#ready && this.#life.workers.some((worker) => worker.state === 'serving')
  }

  get life(): Life {
    return this.#life
  }

  /** What main knows of the workers without asking them. */
  get workers(): readonly WorkerReport[] {
    return workerReports(this.#life, this.#cells, (worker) => this.#watchdog.silence(worker))
  }

  /** The plan in force. */
  get plan(): Plan | undefined {
    return this.#versions.find(this.#life.agreed)
  }

  /** What the last load read, also when it failed: what to watch. */
  get files(): readonly string[] {
    return this.#loaded.files
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
        return void this.#load()
      case 'probe':
        return void this.#probe(this.#versions.get(command.version))
      case 'spawn':
        return this.#spawn(command.worker, command.slot, command.version)
      case 'prepare':
        return this.#crew.send(command.worker, { type: 'prepare', ...this.#versions.parcel(command.version) })
      case 'switch':
      case 'discard':
        return this.#crew.send(command.worker, { type: command.type, version: command.version })
      case 'drain':
        // Main stops accepting first, so that what it has accepted still arrives.
        if (this.#life.phase === 'draining') void this.#ports.close().then(() => this.#crew.send(command.worker, { type: 'drain' }))
        else this.#crew.send(command.worker, { type: 'drain' })
        return
      case 'listen':
      case 'leave':
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
        return void this.#exit(command.code, command.reason)
      default:
        command satisfies never
    }
  }

  async #load(): Promise<void> {
    const { clock, load } = this.#options
    const began = clock.now()
    const { plan, findings, files } = await load()
    this.#loaded = { findings, files, began, ended: clock.now() }
    if (plan === undefined) {
      const errors = findings.filter(({ severity }) => severity === 'error').length
      const reason = `${errors} error${errors === 1 ? '' : 's'} in the configuration`
      return this.#feed({ type: 'load-refused', exit: exitCodes.config, reason })
    }
    const version = this.#versions.add(plan)
    this.#feed({ type: 'loaded', version, size: Math.min(maxWorkers, this.#options.workers(plan)) })
  }

  async #probe(plan: Plan): Promise<void> {
    const reason = await this.#ports.prepare(plan, this.plan?.listeners ?? [])
    this.#feed(reason === undefined ? { type: 'probed' } : { type: 'probe-refused', exit: exitCodes.bind, reason })
  }

  #spawn(id: number, slot: number, version: number): void {
    const { accept, telemetry } = this.#options
    this.#crew.start(
      {
        id,
        slot,
        ...this.#versions.parcel(version),
        cells: this.#cells.buffer,
        accept,
        loopId: this.#loopId,
        descriptors: descriptorBudget(this.#life.size),
        refused: this.#life.refused,
        telemetry: telemetry.acquire(id),
      },
      heapLimit(this.#life.size, this.#versions.get(version).limits.memory),
    )
  }

  #hear(worker: number, message: FromWorker): void {
    const { log, telemetry } = this.#options
    switch (message.type) {
      case 'ready':
      case 'listening':
      case 'adopted':
      case 'prepared':
      case 'switched':
      case 'refused':
      case 'drained':
        return this.#feed({ ...message, worker })
      case 'failed':
        // One error seldom comes alone; the first one tells.
        log[this.#life.workers.some(({ id, failing }) => id === worker && failing) ? 'debug' : 'error'](
          `worker ${worker} let an error escape and is replaced: ${message.stack}`,
        )
        return this.#feed({ type: 'failed', worker, culprit: message.culprit })
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
    if (known !== undefined) this.#versions.giveBack(known.slot)
    if (known !== undefined && known.state !== 'dead' && this.#life.phase !== 'ended')
      this.#options.log.error(`worker ${worker} was lost${culprit === undefined ? '' : ` in route ${culprit}`}: ${reason}`)
    this.#feed({ type: 'gone', worker, at: this.#options.clock.now(), culprit })
  }

  #settle(reload: number, outcome: ReloadOutcome, reason: string): void {
    if (outcome === 'refused') {
      this.#ports.revert()
      this.#versions.keep(this.#life.agreed)
    }
    const { began, ended, findings } = this.#loaded
    const took = { read: ended - began, taken: this.#options.clock.now() - ended }
    this.#reloads.get(reload)?.({ outcome, reason, took, findings: outcome === 'superseded' ? [] : findings })
    this.#reloads.delete(reload)
  }

  #agreed(version: number, first: boolean): void {
    const plan = this.#versions.get(version)
    this.#versions.keep(version)
    this.#ports.commit(plan)
    this.#options.telemetry.use(plan)
    if (first) this.#started.resolve({ plan, workers: this.#life.size })
  }

  async #blocked(worker: number): Promise<void> {
    const doing = await this.#crew.describe(worker)
    this.#options.log.warn(`worker ${worker} has been blocked for more than a second${doing}`)
  }

  async #exit(code: number, reason: string): Promise<void> {
    this.#ready = false
    this.#watchdog.end()
    this.#timers.end()
    await this.#ports.close()
    await this.#crew.endAll()
    this.#started.resolve(undefined)
    this.#ended.resolve({ code, reason, findings: this.#loaded.findings })
  }
}
