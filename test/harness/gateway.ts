// A gateway inside the test: the data plane with one forwarded route `/{rest...}`, put together as a worker does, without threads or
// configuration. Clients come over real sockets (`listen`) or in memory (`connect`).
import net from 'node:net'
import { ManualClock, systemClock } from '../../src/base/clock.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { FaultCode } from '../../src/base/fault.ts'
import type { End } from '../../src/base/scope.ts'
import { TrustedPeers } from '../../src/base/ip.ts'
import { ForwardHandler } from '../../src/handlers/forward/handler.ts'
import { Flusher } from '../../src/net/flusher.ts'
import { Wheel } from '../../src/net/wheel.ts'
import type { Wire } from '../../src/net/wire.ts'
import type { CallView } from '../../src/observe/call-view.ts'
import type { Observer } from '../../src/observe/observer.ts'
import { silentObserver } from './silent-observer.ts'
import type { Outcome } from '../../src/observe/outcome.ts'
import { compile } from '../../src/pipeline/compile.ts'
import type { Handler } from '../../src/pipeline/handler.ts'
import { buildTable } from '../../src/route/table.ts'
import { DataPlane } from '../../src/serve/data-plane.ts'
import type { ServedRoute, Snapshot } from '../../src/serve/snapshot.ts'
import { tcpDialer } from '../../src/upstream/dial.ts'
import type { Dialer } from '../../src/upstream/dial.ts'
import type { Service } from '../../src/upstream/service.ts'
import { Services } from '../../src/upstream/services.ts'
import type { ServiceSettings } from '../../src/upstream/services.ts'

export interface GatewayOptions {
  /** Ports on 127.0.0.1, one an endpoint. With a `dialer` of its own the number only names the endpoint. */
  readonly endpoints?: readonly number[]
  readonly dialer?: Dialer
  /** A clock moved by hand: then the wheel turns only by `advance`. */
  readonly clock?: Clock
  /** With `clock`: a wheel over it that several gateways share, one after the other. */
  readonly wheel?: Wheel
  readonly limits?: Partial<Snapshot['limits']>
  readonly timeouts?: Partial<Snapshot['timeouts']>
  readonly service?: Partial<ServiceSettings['timeouts']>
  /** What the route says in place of the service's. */
  readonly routeConnect?: number
  readonly connections?: Partial<ServiceSettings['connections']>
  readonly concurrency?: Partial<ServiceSettings['concurrency']>
  readonly retries?: Partial<ServiceSettings['retries']>
  readonly host?: ServiceSettings['host']
  readonly trailers?: boolean
  readonly websocket?: ServedRoute['websocket']
  readonly client?: { readonly from: Snapshot['client']['from']; readonly trusted: readonly string[] }
  /** Answers instead of the service. */
  readonly handler?: Handler
  /** Runs what waits for the check phase; by default in the event loop's own. */
  readonly flusher?: Flusher
  /** The route answers this method alone. */
  readonly method?: string
  /** A second service that gets a copy of every request: a port on 127.0.0.1. */
  readonly mirror?: number
}

/** What the observer was told of one exchange. */
export interface Ended {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly outcome: Outcome
}

export class Gateway {
  readonly plane: DataPlane
  readonly wheel: Wheel
  readonly services: Services
  /** The service that requests are forwarded to. */
  readonly service: Service
  readonly clock: Clock
  readonly ended: Ended[] = []
  /** Requests refused before there was an exchange: the fault, and method and target as far as they could be read. */
  readonly rejected: (readonly [fault: FaultCode, method: string, target: string])[] = []
  /** The methods of whatever was answered, refusals included, in order; '' where it could not be read. */
  readonly answered: string[] = []
  /** Connections to services: opened so far, and open now. */
  upstreamOpened = 0
  upstreamOpen = 0
  /** Set by `listen`. */
  port = 0
  #server: net.Server | undefined = undefined
  #stopWheel: End = () => {}

  constructor(options: GatewayOptions) {
    this.clock = options.clock ?? systemClock
    this.wheel = options.wheel ?? new Wheel(this.clock)
    if (!(this.clock instanceof ManualClock)) this.#stopWheel = this.wheel.start()
    const observer: Observer = {
      ...silentObserver,
      exchangeEnded: (call: CallView, outcome) => {
        const { method, path } = call.request
        this.answered.push(method)
        this.ended.push({ id: call.id, method, path, outcome: { ...outcome } })
      },
      requestRejected: (_peer, fault, target, rejection) => {
        this.rejected.push([fault, rejection?.method ?? '', target])
        this.answered.push(rejection?.method ?? '')
      },
      upstreamOpened: () => {
        this.upstreamOpened++
        this.upstreamOpen++
      },
      upstreamClosed: () => this.upstreamOpen--,
      endpointReached: () => undefined,
      endpointFailed: () => undefined,
    }
    this.services = new Services({
      wheel: this.wheel,
      flusher: options.flusher ?? new Flusher(),
      clock: this.clock,
      dialer: options.dialer ?? tcpDialer,
      observer,
    })
    const pipeline = compile([], () => {})
    const loopId = 'tidegate-under-test'
    const forwarded = forwarding(this.services, options, loopId)
    this.service = forwarded.service
    const route: ServedRoute = {
      name: 'all',
      index: 0,
      pipeline,
      handler: options.handler ?? forwarded.handler,
      params: ['rest'],
      bodyLimit: options.limits?.body ?? Infinity,
      timeouts: { body: options.timeouts?.body ?? 30_000, write: options.timeouts?.write ?? 30_000 },
      allowedOddities: 0,
      trailers: options.trailers ?? false,
      websocket: options.websocket,
    }
    const match = [{ method: options.method, path: '/{rest...}', hosts: [], headers: [], query: [] }]
    const { table } = buildTable([{ name: 'all', match, over: [], value: route }])
    this.plane = new DataPlane({
      wheel: this.wheel,
      clock: this.clock,
      observer,
      loopId,
      snapshot: {
        version: 1,
        table,
        unmatched: pipeline,
        client: { from: options.client?.from ?? 'connection', trusted: new TrustedPeers(options.client?.trusted ?? []) },
        limits: { head: 32_768, headers: 100, target: 8_192, body: Infinity, pipelined: 16, ...options.limits },
        timeouts: { head: 10_000, body: 30_000, write: 30_000, keepAlive: 60_000, ...options.timeouts },
      },
    })
  }

  /** Accepts on a free port of 127.0.0.1. */
  listen(): Promise<this> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.plane.accept(socket))
    this.#server = server
    return new Promise((resolve) =>
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, () => {
        this.port = (server.address() as net.AddressInfo).port
        resolve(this)
      }),
    )
  }

  /** Serves a wire of any kind. */
  connect(wire: Wire): void {
    this.plane.connect(wire)
  }

  /** Moves a manual clock, and the wheel with it. */
  advance(ms: number): void {
    if (this.clock instanceof ManualClock) this.clock.advance(ms)
    this.wheel.turn()
  }

  /** The outcome of the only exchange of `path`. */
  outcomeOf(path: string): Outcome | undefined {
    return this.ended.find((one) => one.path === path)?.outcome
  }

  /** Ends every connection and stops listening. */
  async end(): Promise<void> {
    const server = this.#server
    const closed = server === undefined ? undefined : new Promise((resolve) => server.close(resolve))
    this.plane.destroyAll()
    this.services.end()
    await this.#stopWheel()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

function forwarding(services: Services, options: GatewayOptions, loopId: string): { handler: Handler; service: Service } {
  const timeouts = { connect: 1_000, response: 15_000, deadline: 30_000, stream: 300_000, ...options.service }
  const plan = (name: string, ports: readonly number[]): ServiceSettings => ({
    name,
    endpoints: ports.map((port) => ({ url: `http://127.0.0.1:${port}`, scheme: 'http', host: '127.0.0.1', port, basePath: '', weight: 1 })),
    host: options.host ?? 'preserve',
    timeouts,
    connections: { perEndpoint: 128, idle: 4_000, pipelining: { depth: 1, echo: undefined }, ...options.connections },
    concurrency: { max: 1_024, pending: 1_024, ...options.concurrency },
    retries: { max: 1, connect: true, reset: true, ...options.retries },
  })
  const built = services.prepare([
    plan('service', options.endpoints ?? [1]),
    ...(options.mirror === undefined ? [] : [plan('mirror', [options.mirror])]),
  ])
  const [service, mirror] = [built.get('service'), built.get('mirror')]
  if (service === undefined) throw new Error('the service was not prepared')
  const handler = new ForwardHandler({
    split: [{ service, weight: 1, timeouts: { ...timeouts, connect: options.routeConnect ?? timeouts.connect } }],
    rewrite: undefined,
    trailers: options.trailers ?? false,
    keepEmptySegments: false,
    mirror: mirror === undefined ? undefined : { service: mirror, sample: 1, timeouts },
    loopId,
  })
  return { handler, service }
}
