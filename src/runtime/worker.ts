// A worker: one data plane, its listeners, and the messages by which main leads it. `worker-thread.ts` starts it as a thread.
import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../config/plan.ts'
import {
  type Acceptor,
  type BindFailure,
  type ListenAddress,
  type ListenerParcel,
  PortAcceptor,
  RelayedAcceptor,
  type TakeSocket,
} from '../net/acceptor.ts'
import type { FromWorker, PermitBuffers, ToWorker, WorkerStart } from './bus.ts'
import { cell, Cells } from './cells.ts'
import { ClientCounts } from './client-counts.ts'
import type { Core, CoreDeps, Prepared } from './core.ts'
import { DescriptorGuard } from './descriptors.ts'
import { exitCodes } from './life.ts'
import { unpackPlan, type PackedPlan } from './packed-plan.ts'
import { withoutVersions } from '../plugins/graph.ts'
import { bindMessage } from './ports.ts'
import { createWorkerTelemetry, heartbeat, type WorkerTelemetry } from './worker-telemetry.ts'

/** How often a draining worker looks whether it is done. */
const drainLook = 25
/** After that many escaped errors in one worker nothing that it does can be trusted: it ends without a drain. */
const maxEscaped = 20

export interface WorkerDeps {
  readonly start: WorkerStart
  readonly port: MessagePort
  readonly clock: Clock
  readonly createCore: (deps: CoreDeps) => Core
}

/** Runs a worker until main ends it. */
export async function runWorker(deps: WorkerDeps): Promise<void> {
  const worker = new WorkerBody(deps)
  await worker.boot()
}

class WorkerBody {
  readonly #deps: WorkerDeps
  readonly #core: Core
  readonly #cells: Int32Array
  readonly #guard: DescriptorGuard
  readonly #clients: ClientCounts
  readonly #telemetry: WorkerTelemetry
  readonly #acceptor: PortAcceptor | RelayedAcceptor
  #plan: Plan
  /** What has been built and not been taken yet. */
  #candidate: { plan: Plan; prepared: Prepared } | undefined
  /** The version being built. A discard or a newer one makes it void. */
  #building = 0
  /** Binding is done by one at a time: a start and a prepare may want the same address. */
  #binding: Promise<unknown> = Promise.resolve()
  #draining = false
  #escaped = 0

  constructor(deps: WorkerDeps) {
    const { start, clock, createCore } = deps
    this.#deps = deps
    this.#plan = unpackPlan(start.plan)
    const cells = new Cells(start.cells)
    this.#cells = cells.of(start.slot)
    this.#cells.fill(0)
    this.#guard = new DescriptorGuard(cells, start.slot, start.descriptors)
    this.#telemetry = createWorkerTelemetry({
      slot: start.telemetry,
      clock,
      post: (report, transfer) => deps.port.postMessage({ type: 'telemetry', report } satisfies FromWorker, transfer),
    })
    this.#clients = new ClientCounts(start.slot, start.clients)
    const observer = this.#guard.counting(this.#telemetry.observer)
    this.#core = createCore({
      clock,
      observer,
      slot: start.slot,
      running: this.#cells.subarray(cell.route, cell.route + 1),
      loopId: start.loopId,
      clients: this.#clients,
      onPolicyFailure: (message) => this.#post({ type: 'say', level: 'error', message }),
      onWarning: (message) => this.#post({ type: 'say', level: 'warn', message }),
    })
    const take: TakeSocket = (socket, address) => this.#core.accept(socket, address)
    this.#acceptor = start.accept === 'ports' ? new PortAcceptor({ take, reusePort: true }) : new RelayedAcceptor({ take })
    this.#guard.guard(this.#acceptor satisfies Acceptor)
  }

  /** Builds the first version and reports `ready`, or `refused`. */
  async boot(): Promise<void> {
    const { start, port } = this.#deps
    process.on('uncaughtException', (error) => this.#escape(error))
    setInterval(() => this.#beat(), heartbeat)
    try {
      const prepared = await this.#core.prepare(this.#plan, start.permits)
      this.#take(this.#plan, prepared)
    } catch (error) {
      this.#post({ type: 'refused', version: start.plan.version, exit: exitCodes.config, reason: messageOf(error) })
      return
    }
    this.#core.refuse(new Set(start.refused))
    port.on('message', (message: ToWorker) => this.#hear(message))
    this.#post({ type: 'ready', routes: this.#core.routeNames })
  }

  #hear(message: ToWorker): void {
    switch (message.type) {
      case 'prepare':
        void this.#prepare(message.plan, message.permits)
        return
      case 'switch':
        return this.#switch(message.version)
      case 'discard':
        return this.#discard(message.version)
      case 'listen':
        void this.#listen()
        return
      case 'hand-over':
        if (this.#acceptor instanceof PortAcceptor) this.#acceptor.handOver(message.port)
        else message.port.postMessage(undefined)
        return
      case 'adopt':
        message.port.on('message', (parcel: ListenerParcel | undefined) => {
          if (parcel === undefined) void this.#adopted(message.port)
          else if (this.#acceptor instanceof PortAcceptor) this.#acceptor.adopt(parcel)
        })
        return
      case 'leave':
        void this.#leave()
        return
      case 'drain':
        void this.#drain()
        return
      case 'cut':
        void this.#cut()
        return
      case 'refuse-routes':
        return this.#core.refuse(new Set(message.names))
      case 'clients':
        return this.#clients.use(message.tables)
      case 'acknowledge':
        return this.#telemetry.acknowledge(message.bytes)
      case 'connection':
        Atomics.add(this.#cells, cell.delivered, 1)
        if (this.#acceptor instanceof RelayedAcceptor) this.#acceptor.deliver(message.socket, message.address)
        return
      default:
        message satisfies never
    }
  }

  async #prepare(packed: PackedPlan, permits: PermitBuffers): Promise<void> {
    const { version } = packed
    this.#building = version
    try {
      const plan = unpackPlan(packed)
      const prepared = await this.#core.prepare(plan, permits)
      const failure = this.#draining ? undefined : await this.#bind(plan.listeners)
      if (this.#building !== version || failure !== undefined) {
        this.#core.discard(prepared)
        if (this.#building === version && failure !== undefined)
          this.#post({ type: 'refused', version, exit: exitCodes.bind, reason: bindMessage(failure) })
        return
      }
      this.#candidate = { plan, prepared }
      this.#post({ type: 'prepared', version })
    } catch (error) {
      if (this.#building === version) this.#post({ type: 'refused', version, exit: exitCodes.config, reason: messageOf(error) })
    }
  }

  #switch(version: number): void {
    const candidate = this.#candidate
    if (candidate?.plan.version !== version) return
    this.#candidate = undefined
    this.#building = 0
    this.#take(candidate.plan, candidate.prepared)
    if (!this.#draining) this.#acceptor.commit(candidate.plan.listeners)
    this.#post({ type: 'switched', version, routes: this.#core.routeNames })
  }

  #discard(version: number): void {
    if (this.#building === version) this.#building = 0
    if (this.#candidate?.plan.version === version) {
      this.#core.discard(this.#candidate.prepared)
      this.#candidate = undefined
    }
    this.#acceptor.revert()
  }

  #take(plan: Plan, prepared: Prepared): void {
    this.#core.switch(prepared)
    this.#plan = plan
    this.#telemetry.use(plan)
    this.#guard.limit(plan.limits.connections)
    this.#clients.limit(plan.limits.connectionsPerClient)
  }

  async #listen(): Promise<void> {
    const { version, listeners } = this.#plan
    const failure = await this.#bind(listeners)
    if (failure !== undefined) {
      this.#post({ type: 'refused', version, exit: exitCodes.bind, reason: bindMessage(failure) })
      return
    }
    // A switch may have come meanwhile; it has then committed the newer ones.
    if (version === this.#plan.version && !this.#draining) this.#acceptor.commit(listeners)
    this.#post({ type: 'listening' })
  }

  #bind(addresses: readonly ListenAddress[]): Promise<BindFailure | undefined> {
    const bound = this.#binding.then(() => this.#acceptor.open(addresses))
    this.#binding = bound
    return bound
  }

  /** All listeners of the predecessor have come. What the version in use has beyond them is bound here. */
  async #adopted(port: MessagePort): Promise<void> {
    port.close()
    const { version, listeners } = this.#plan
    const failure = await this.#bind(listeners)
    if (failure !== undefined) {
      this.#post({ type: 'refused', version, exit: exitCodes.bind, reason: bindMessage(failure) })
      return
    }
    this.#acceptor.commit(this.#plan.listeners)
    this.#post({ type: 'adopted' })
  }

  /** Others go on: idle connections have as long as in a drain, then they end; streams and tunnels stay, and the log is told of them. */
  async #leave(): Promise<void> {
    const { clock, start } = this.#deps
    const { drain } = this.#plan.timeouts
    const end = clock.now() + drain
    const look = setInterval(() => {
      if (clock.now() < end) return
      clearInterval(look)
      const held = heldBy(this.#core)
      if (held !== '') this.#post({ type: 'say', level: 'info', message: `worker ${start.id} is leaving and keeps ${held} until they end` })
    }, drainLook)
    await this.#drain(drain)
  }

  /** `within`: milliseconds after which connections that have stayed idle end. Without it they stay until the cut. */
  async #drain(within?: number): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    this.#core.startDrain(within)
    await this.#acceptor.close()
    const look = setInterval(() => {
      if (this.#core.load.connections > 0) return
      clearInterval(look)
      this.#telemetry.flush()
      this.#post({ type: 'drained', cut: 0 })
    }, drainLook)
  }

  async #cut(): Promise<void> {
    this.#core.closeIdle()
    const cut = this.#core.load.exchanges
    // One turn, so that a FIN leaves before what it ends is destroyed.
    await new Promise(setImmediate)
    await this.#core.end()
    this.#telemetry.flush()
    this.#post({ type: 'drained', cut })
  }

  #beat(): void {
    Atomics.add(this.#cells, cell.beat, 1)
    Atomics.store(this.#cells, cell.exchanges, this.#core.load.exchanges)
    this.#guard.look()
    this.#telemetry.beat(this.#core.levels)
    this.#core.giveUpIdle(this.#guard.excess)
  }

  /** An error that nobody caught: what it left behind is unknown, so main replaces this worker, which meanwhile finishes what it can (R40). */
  #escape(error: unknown): void {
    this.#escaped++
    if (this.#escaped > maxEscaped) process.exit(1)
    // What threw never got to saying that it was done.
    const culprit = this.#core.routeNames[Atomics.exchange(this.#cells, cell.route, 0) - 1]
    const stack = withoutVersions(error instanceof Error ? (error.stack ?? error.message) : String(error))
    this.#post({ type: 'failed', stack, culprit })
  }

  #post(message: FromWorker): void {
    this.#deps.port.postMessage(message)
  }
}

/** What a core has under way, in words for the log; '' for nothing. */
function heldBy({ load: { exchanges, tunnels } }: Core): string {
  const count = (n: number, what: string): string[] => (n === 0 ? [] : [`${n} ${what}${n === 1 ? '' : 's'}`])
  return [...count(tunnels, 'tunnel'), ...count(exchanges - tunnels, 'answer')].join(' and ')
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
