// A gateway inside the caller's thread, for embedding and tests: the same data plane as a worker's, with direct calls in place of messages.
import type { Duplex } from 'node:stream'
import { type Clock, systemClock } from '../base/clock.ts'
import { urlHost } from '../base/ip.ts'
import { randomHex } from '../base/random.ts'
import { Scope } from '../base/scope.ts'
import { loadConfig, loadObject } from '../config/load/load.ts'
import type { ListenerPlan, Plan } from '../config/plan.ts'
import { memoryDuplexes } from '../net/memory-duplex.ts'
import { MemoryNetwork } from '../net/memory-wire.ts'
import { createRegistry } from '../pipeline/registry.ts'
import type { Policy } from '../pipeline/policy.ts'
import { builtins } from './builtins.ts'
import { Cells } from './cells.ts'
import { ClientCounts } from './client-counts.ts'
import { ConfigurationError, lineOf } from './configuration-error.ts'
import { createCore, type EmbeddedCore, type Prepared } from './core.ts'
import type { GatewayObject } from './define-gateway.ts'
import { descriptorBudget, DescriptorGuard } from './descriptors.ts'
import { inject, type InjectedRequest, type InjectedResponse } from './inject.ts'
import { makeLogFolders } from './log-folders.ts'
import { MemoryDialer, type MemoryService } from './memory-dialer.ts'
import { Ports } from './ports.ts'
import { createTelemetryHub, type TelemetryHub } from './telemetry-hub.ts'
import { createWorkerTelemetry, type WorkerTelemetry } from './worker-telemetry.ts'

/** A configuration as an object of the shape of `tidegate.yaml`, or the files to read it from. */
export type GatewaySource = GatewayObject | { readonly file: string | readonly string[] }

export interface GatewayOptions {
  /** In place of services of the configuration, by name: nothing is connected to for them. */
  readonly services?: Readonly<Record<string, MemoryService>>
  /** Policies besides the built-in ones. */
  readonly policies?: readonly Policy[]
  /** What `${NAME}` in files reads; the process's environment unless said. An object is not interpolated. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What relative paths start from; the working directory unless said. */
  readonly cwd?: string
  readonly clock?: Clock
  /** What the gateway says of itself; `process.emitWarning` for what is wrong unless said. */
  readonly log?: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** Where a listener of the configuration listens. */
export interface ListeningAddress {
  /** The listener's name. */
  readonly name: string
  /** '' for all addresses. */
  readonly address: string
  /** The real one where the configuration says 0. */
  readonly port: number
  /** Ready to be asked: `http://127.0.0.1:8080`. */
  readonly url: string
}

/** How often a drain looks whether it is done, in milliseconds. */
const LOOK = 25

/** One gateway. Obtained from `createGateway`. */
export class Gateway implements AsyncDisposable {
  readonly #options: GatewayOptions
  readonly #scope = new Scope()
  readonly #network = new MemoryNetwork()
  readonly #dialer: MemoryDialer
  readonly #core: EmbeddedCore
  readonly #guard: DescriptorGuard
  readonly #clients = new ClientCounts(0, { key: '', tables: [] })
  readonly #hub: TelemetryHub
  readonly #telemetry: WorkerTelemetry
  readonly #ports: Ports
  #plan: Plan | undefined = undefined
  #listening = false
  #versions = 0
  /** Reloads, `listen` and `close` happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined = undefined

  /** Use `createGateway`. */
  constructor(options: GatewayOptions) {
    const clock = options.clock ?? systemClock
    const log = options.log ?? warn
    this.#options = options
    this.#dialer = new MemoryDialer(this.#network, new Map(Object.entries(options.services ?? {})))
    this.#hub = createTelemetryHub((message, level) => log(level, message))
    this.#telemetry = createWorkerTelemetry({
      slot: this.#hub.acquire(1),
      clock,
      post: (report) => this.#hub.receive(1, report, (bytes) => this.#telemetry.acknowledge(bytes)),
    })
    this.#guard = new DescriptorGuard(new Cells(1), 0, descriptorBudget(1))
    this.#core = createCore({
      clock,
      observer: this.#guard.counting(this.#telemetry.observer),
      slot: 0,
      running: new Int32Array(1),
      loopId: `tidegate-${randomHex(6)}`,
      clients: this.#clients,
      dialer: this.#dialer,
      registry: createRegistry([...builtins, ...(options.policies ?? [])]),
      onPolicyFailure: (message) => log('error', message),
      onWarning: (message) => log('warn', message),
    })
    this.#ports = new Ports({
      share: false,
      relay: (socket, address) => this.#core.accept(socket, address),
    })
    this.#guard.guard(this.#ports)
    this.#scope.add(() => this.#hub.end())
    this.#scope.add(() => this.#telemetry.flush())
    this.#scope.add(() => this.#core.end())
  }

  /**
   * Begins to listen where the configuration says, and tells the addresses; called again it only tells them. Rejects with an Error that
   * names the address when one cannot be bound.
   */
  listen(): Promise<readonly ListeningAddress[]> {
    return this.#inTurn(async () => {
      const plan = this.#plan as Plan
      if (!this.#listening) {
        const reason = await this.#ports.prepare(plan, [])
        if (reason !== undefined) throw new Error(reason)
        this.#listening = true
        this.#ports.commit(plan)
      }
      return plan.listeners.map(addressOf)
    })
  }

  /** One request on a connection of its own, through everything that a client's passes. Rejects when the answer does not come whole. */
  inject(request: InjectedRequest | string): Promise<InjectedResponse> {
    const whole = typeof request === 'string' ? { url: request } : request
    return inject(this.connect(whole.from), whole)
  }

  /** A connection in memory, for tests on bytes: what is written to it the gateway reads. `from`: the client's address. */
  connect(from?: string): Duplex {
    const { outgoing, incoming } = memoryDuplexes(this.#network)
    if (from !== undefined) incoming.wire.remoteAddress = from
    this.#core.connect(incoming.wire)
    return outgoing
  }

  /**
   * Takes another configuration without losing a connection. Rejects with a `ConfigurationError`, or an Error for an address that cannot be
   * bound; the one before then stays in force.
   */
  reload(source: GatewaySource): Promise<void> {
    return this.#inTurn(() => this.#take(source))
  }

  /**
   * Accepts no more, ends idle connections, waits for requests in flight at most `timeouts.drain`, and ends everything. Called again it
   * returns the same promise.
   */
  close(): Promise<void> {
    this.#closed ??= this.#turn.then(
      () => this.#drain(),
      () => this.#drain(),
    )
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(new Error('the gateway has been closed'))
    const done = this.#turn.then(act, act)
    this.#turn = done
    return done
  }

  async #take(source: GatewaySource): Promise<void> {
    const plan = await this.#load(source)
    plan.version = ++this.#versions
    this.#dialer.use(plan)
    let prepared: Prepared | undefined = undefined
    try {
      prepared = await this.#core.prepare(plan)
      const reason = this.#listening ? await this.#ports.prepare(plan, this.#plan?.listeners ?? []) : undefined
      if (reason !== undefined) throw new Error(reason)
    } catch (error) {
      if (prepared !== undefined) this.#core.discard(prepared)
      if (this.#listening) this.#ports.revert()
      if (this.#plan !== undefined) this.#dialer.use(this.#plan)
      throw error
    }
    this.#core.switch(prepared)
    this.#plan = plan
    this.#telemetry.use(plan)
    this.#hub.use(plan)
    this.#guard.limit(plan.limits.connections)
    this.#clients.limit(plan.limits.connectionsPerClient)
    if (this.#listening) this.#ports.commit(plan)
  }

  async #load(source: GatewaySource): Promise<Plan> {
    const { env = process.env, cwd = process.cwd(), policies = [], log = warn } = this.#options
    const input = { env: { ...env }, cwd, registry: createRegistry([...builtins, ...policies]) }
    const { plan, findings } = isFile(source)
      ? await loadConfig({ ...input, files: [source.file].flat(), overrides: [] })
      : await loadObject(source, input)
    if (plan === undefined) throw new ConfigurationError(findings)
    for (const finding of findings) log('warn', lineOf(finding))
    const reason = await makeLogFolders(plan)
    if (reason !== undefined) throw new Error(reason)
    return plan
  }

  async #drain(): Promise<void> {
    const core = this.#core
    // Who is served while the listeners close is told already that it is the last time.
    core.startDrain()
    await this.#ports.close()
    const end = performance.now() + (this.#plan?.timeouts.drain ?? 0)
    for (core.closeIdle(); core.load.connections > 0 && performance.now() < end; core.closeIdle()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK))
    }
    await this.#scope.end()
  }

  /** Takes the first configuration. */
  static async start(source: GatewaySource, options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options)
    try {
      await gateway.#take(source)
    } catch (error) {
      await gateway.close()
      throw error
    }
    return gateway
  }
}

/**
 * A gateway in this thread, ready to be asked by `inject` and `connect`; it listens once `listen` is called. Rejects with a
 * `ConfigurationError` that lists everything that is wrong. Whoever creates one closes it (`await using`).
 */
export const createGateway = (source: GatewaySource, options: GatewayOptions = {}): Promise<Gateway> => Gateway.start(source, options)

const isFile = (source: GatewaySource): source is { readonly file: string | readonly string[] } => Object.hasOwn(source, 'file')

function addressOf({ name, address, port }: ListenerPlan): ListeningAddress {
  const host = address === '' ? 'localhost' : urlHost(address)
  return { name, address, port, url: `http://${host}:${port}` }
}

function warn(level: 'info' | 'warn' | 'error', message: string): void {
  if (level !== 'info') process.emitWarning(message, 'TidegateWarning')
}
