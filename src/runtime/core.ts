// The data plane of one thread: (plan, clock, observer) → a core that takes sockets. A worker is a core and a message bus.
import type { Socket } from 'node:net'
import type { Clock, DrivenClock } from '../base/clock.ts'
import { Scope } from '../base/scope.ts'
import type { Plan } from '../config/plan.ts'
import type { ListenAddress } from '../net/acceptor.ts'
import { Flusher } from '../net/flusher.ts'
import { adoptSocket } from '../net/socket.ts'
import { Wheel } from '../net/wheel.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import type { Observer } from '../observe/observer.ts'
import type { PolicyCreators } from '../pipeline/compile-all.ts'
import { describeThrown } from '../plugins/code.ts'
import { DataPlane } from '../serve/data-plane.ts'
import type { Snapshot } from '../serve/snapshot.ts'
import { tcpDialer } from '../upstream/dial.ts'
import type { Dialer } from '../upstream/dial.ts'
import { SystemLookUp } from '../upstream/resolve/look-up.ts'
import { Resolver } from '../upstream/resolve/resolver.ts'
import { type ServiceLevels, Services } from '../upstream/services.ts'
import type { Service } from '../upstream/service.ts'
import { builtinCreators } from './creators.ts'
import type { ClientCounts } from './client-counts.ts'
import { pluginCreators, withConditions, withPlugins } from './plugin-code.ts'
import { Refusals } from './refusals.ts'
import { buildSnapshot } from './snapshot.ts'

/** A version that has been built and not yet taken. */
export interface Prepared {
  readonly version: number
}

export interface Core {
  /** Builds everything that can fail; rejects with a message. `permits`: where each service counts over all workers; left out: alone. */
  prepare(plan: Plan, permits?: ReadonlyMap<string, SharedArrayBuffer>): Promise<Prepared>
  switch(prepared: Prepared): void
  discard(prepared: Prepared): void
  /** Serves a socket that was accepted at `listener`, which may be gone by now: then the next answer is its last. */
  accept(socket: Socket, listener: ListenAddress): void
  /** Each connection's next answer is its last; one without a request ends `within` milliseconds, or stays until `closeIdle`. */
  startDrain(within?: number): void
  closeIdle(): void
  /** Ends at most `most` connections that have been idle for a while, to make room. */
  giveUpIdle(most: number): void
  /** What is open. Tunnels are exchanges, too. */
  readonly load: { readonly connections: number; readonly exchanges: number; readonly tunnels: number }
  /** What is under way at each service. */
  readonly levels: ReadonlyMap<string, ServiceLevels>
  /** Names of routes that are answered 503 `poisonous`. */
  refuse(routes: ReadonlySet<string>): void
  /** Names by `ServedRoute.index`. */
  readonly routeNames: readonly string[]
  end(): Promise<void>
}

/** A core that also serves connections that are no sockets. */
export interface EmbeddedCore extends Core {
  connect(wire: Wire): void
}

export interface CoreDeps {
  readonly clock: Clock
  readonly observer: Observer
  readonly slot: number
  /** One word: 1 + index of the route whose code runs, 0 outside. */
  readonly running: Int32Array
  /** Marks what has passed through this process (RFC 8586); the same in every worker. */
  readonly loopId: string
  /** How connections to services are opened; TCP unless said. */
  readonly dialer?: Dialer
  /** What the policies of a configuration are looked up in; the built-in ones unless said. */
  readonly registry?: PolicyCreators
  /** Counts connections by client; left out: nobody does. */
  readonly clients?: Pick<ClientCounts, 'enter' | 'leave'>
  /** A policy threw; the message is for the log of the gateway. */
  readonly onPolicyFailure?: (message: string) => void
  /** Something is not as it should be and serving goes on: an unknown host, a client with too many connections. For the log of the gateway. */
  readonly onWarning?: (message: string) => void
}

class Build implements Prepared {
  readonly version: number
  readonly plan: Plan
  readonly snapshot: Snapshot
  readonly services: ReadonlyMap<string, Service>
  constructor(plan: Plan, snapshot: Snapshot, services: ReadonlyMap<string, Service>) {
    this.version = plan.version
    this.plan = plan
    this.snapshot = snapshot
    this.services = services
  }
}

/** Hears of nothing: no event comes before the connection has taken the wire over. */
const unserved: WireHandler = { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} }

/** A data plane without a configuration: `prepare` and `switch` give it the first. `end` releases everything. */
export function createCore(deps: CoreDeps): EmbeddedCore {
  const { clock, observer, loopId, clients } = deps
  const registry = deps.registry ?? builtinCreators
  const scope = new Scope()
  const wheel = new Wheel(clock)
  scope.add('drive' in clock ? (clock as DrivenClock).drive(() => void wheel.turn()) : wheel.start())
  const warn = deps.onWarning ?? (() => {})
  const refusals = new Refusals(wheel, warn)
  const names = new Resolver({ wheel, lookUp: new SystemLookUp({ clock }), report: warn })
  scope.add(() => names.end())
  const services = new Services({ wheel, flusher: new Flusher(), clock, dialer: deps.dialer ?? tcpDialer, observer, names })
  scope.add(() => services.end())
  let plane: DataPlane | undefined
  let routeNames: readonly string[] = []
  const tell = deps.onPolicyFailure ?? (() => {})

  return {
    async prepare(plan, permits) {
      const creators = plan.plugins.length === 0 ? registry : withPlugins(registry, await pluginCreators(plan))
      const prepared = services.prepare(plan.services, permits === undefined ? undefined : { slot: deps.slot, buffers: permits })
      const snapshot = buildSnapshot(plan, {
        services: prepared,
        registry: creators,
        routes: await withConditions(plan),
        clock,
        loopId,
        report: (failure) => tell(`policy ${failure.kind} failed in ${failure.hook}: ${describeThrown(failure.cause)}`),
      })
      return new Build(plan, snapshot, prepared)
    },
    switch(prepared) {
      if (!(prepared instanceof Build)) return
      const { snapshot, plan } = prepared
      if (plane === undefined) {
        plane = new DataPlane({
          snapshot,
          wheel,
          clock,
          observer,
          loopId,
          running: deps.running,
          onPolicyFailure: (call, failure) =>
            tell(`policy ${failure.kind} failed in ${failure.hook} on route ${call.routeName}: ${describeThrown(failure.cause)}`),
        })
      } else plane.use(snapshot)
      plane.listen(plan.listeners, plan.timeouts.drain)
      routeNames = plan.routes.map((route) => route.name)
      services.retire(prepared.services)
    },
    discard() {
      // Pools of a version that nobody took have opened nothing; the next switch forgets them.
    },
    accept(socket, listener) {
      const peer = socket.remoteAddress
      // Gone between accept and here (it has no peer any more), or one too many.
      if (plane === undefined || socket.destroyed || peer === undefined) {
        socket.destroy()
        return
      }
      // Behind a trusted peer are many clients: it is none itself. Asked once, so that a reload cannot unbalance the counts.
      const counts = plane.snapshot.client.trusted.has(peer) ? undefined : clients
      if (counts?.enter(peer) === false) {
        observer.connectionRefused()
        refusals.add(peer)
        socket.destroy()
        return
      }
      const wire = adoptSocket(socket, unserved)
      plane.connect(wire, listener)
      if (counts !== undefined) wire.socket.on('close', () => counts.leave(peer))
    },
    connect(wire) {
      if (plane === undefined) wire.destroy()
      else plane.connect(wire)
    },
    startDrain: (within) => plane?.startDrain(within),
    closeIdle: () => plane?.closeIdle(),
    giveUpIdle: (most) => plane?.giveUpIdle(most),
    get load() {
      return { connections: plane?.connections ?? 0, exchanges: plane?.exchanges ?? 0, tunnels: plane?.tunnels ?? 0 }
    },
    get levels() {
      return services.levels()
    },
    refuse: (routes) => plane?.refuse(routes),
    get routeNames() {
      return routeNames
    },
    async end() {
      plane?.destroyAll()
      await scope.end()
    },
  }
}
