// Why one request goes where it goes: it is run through the true data plane, whose services are answered in memory, with policies that tell
// what they do; the route's slow twin says what became of every other route. Nothing leaves the process and nothing is counted.
import type { Clock } from '../base/clock.ts'
import { faults, type FaultCode } from '../base/fault.ts'
import type { Plan, RoutePlan } from '../config/plan.ts'
import { MemoryNetwork, MemoryWire } from '../net/memory-wire.ts'
import type { CallView } from '../observe/call-view.ts'
import type { Observer } from '../observe/observer.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Call } from '../pipeline/call.ts'
import type { PolicyCreators } from '../pipeline/compile-all.ts'
import { createRouteExplainer, type ExplainableRoute, type RouteExplanation } from '../route/explain.ts'
import { createNearest } from '../route/nearest.ts'
import { createCore, type EmbeddedCore } from './core.ts'
import { builtinCreators } from './creators.ts'
import { createArrivals, type Arrived } from './explain-arrival.ts'
import { UnhurriedClock } from './explain-clock.ts'
import type { ExplainedPolicy, Explanation } from './explain-report.ts'
import { Recorder } from './explain-recorder.ts'
import { listenerFor, requestProblem, writeRequest, type ExplainRequest, type SentRequest } from './explain-request.ts'
import { StandInServices } from './explain-services.ts'
import { pluginCreators, withConditions, withPlugins } from './plugin-code.ts'
import { bodyLimit, explainTarget, firstEndpoint, largest } from './explain-target.ts'

export interface ExplainerOptions {
  /** What the policies of the plan are looked up in; the built-in ones unless said. */
  readonly registry?: PolicyCreators
  readonly clock?: Clock
}

/** Explains requests of one plan, one after the other. */
export interface Explainer {
  /** Rejects with an Error for what cannot be sent at all (`requestProblem`). The same request gives the same explanation. */
  explain(request: ExplainRequest): Promise<Explanation>
  end(): Promise<void>
}

/** How one request ended. */
interface Ended {
  readonly call: CallView | undefined
  readonly outcome: Outcome | undefined
  /** Of a request that was refused before there was an exchange. */
  readonly rejected: { readonly fault: FaultCode; readonly status: number } | undefined
}

/** Milliseconds. */
const ALIVE = 60_000

/** Builds a data plane for `plan`. Rejects when the plan cannot be built; whoever creates one ends it. */
export async function createExplainer(plan: Plan, options: ExplainerOptions = {}): Promise<Explainer> {
  const network = new MemoryNetwork()
  const services = new StandInServices(network)
  const recorder = new Recorder(withPlugins(options.registry ?? builtinCreators, await pluginCreators(plan)))
  let ended: (how: Ended) => void = () => {}
  const core = createCore({
    clock: options.clock ?? new UnhurriedClock(),
    observer: listening((how) => ended(how)),
    slot: 0,
    running: new Int32Array(1),
    loopId: 'tidegate-explain',
    dialer: services,
    registry: recorder,
  })
  try {
    core.switch(await core.prepare(standInPlan(plan)))
  } catch (error) {
    await core.end()
    throw error
  }
  const arrive = createArrivals(plan)
  const report = createReport(plan, await withConditions(plan), recorder)
  let turn: Promise<unknown> = Promise.resolve()

  const run = async (request: ExplainRequest): Promise<Explanation> => {
    const sent = writeRequest(request)
    services.forget()
    const { promise, resolve } = Promise.withResolvers<Ended>()
    ended = resolve
    const client = connect(network, core, sent)
    // A policy may wait for what keeps no process alive.
    const alive = setInterval(() => {}, ALIVE)
    const how = await promise.finally(() => clearInterval(alive))
    const head = client.head()
    client.end()
    return report(sent, arrive(sent.bytes, sent.from), how, {
      saw: services.saw,
      location: /\r\nlocation: ([^\r]*)/i.exec(head)?.[1] ?? '',
    })
  }
  return {
    explain(request) {
      const problem = requestProblem(request)
      if (problem !== undefined) return Promise.reject(new Error(problem))
      // One at a time: what a service saw belongs to the request that was asked.
      const done = turn.then(() => run(request))
      turn = done.catch(() => {})
      return done
    },
    async end() {
      await turn
      await core.end()
    },
  }
}

/** Explains one request of `plan`. */
export async function explainRequest(plan: Plan, request: ExplainRequest, options: ExplainerOptions = {}): Promise<Explanation> {
  const explainer = await createExplainer(plan, options)
  try {
    return await explainer.explain(request)
  } finally {
    await explainer.end()
  }
}

/** The plan with every choice made: one service a route, one endpoint a service, no copies; what is chosen is always the same. */
function standInPlan(plan: Plan): Plan {
  return {
    ...plan,
    // Their code is among the policies that tell what they do.
    plugins: [],
    routes: plan.routes.map((route): RoutePlan => {
      const { handler } = route
      if (handler.kind !== 'forward') return route
      return { ...route, handler: { kind: 'forward', split: [{ ...largest(handler.split), weight: 1 }], mirror: undefined } }
    }),
    services: plan.services.map((service) => {
      const first = firstEndpoint(service.endpoints) ?? { url: `http://${service.name}`, host: service.name, port: 80, basePath: '' }
      return {
        ...service,
        endpoints: [{ ...first, scheme: 'http' as const, weight: 1 }],
        connections: { ...service.connections, pipelining: { depth: 1, echo: undefined } },
      }
    }),
  }
}

/** Sends the request on a connection of its own. */
function connect(network: MemoryNetwork, core: EmbeddedCore, { bytes, from, port }: SentRequest): { head(): string; end(): void } {
  let answer = ''
  const client = new MemoryWire(network, {
    onConnect: () => void client.writeChunk(bytes),
    onData: (chunk) => void (answer += chunk.toString('latin1')),
    onDrain() {},
    onEnd: () => client.end(),
    onClose() {},
  })
  const incoming = new MemoryWire(network, { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} })
  incoming.remoteAddress = from
  if (port !== undefined) incoming.localPort = port
  MemoryWire.join(client, incoming)
  core.connect(incoming)
  return { head: () => answer.split('\r\n\r\n', 1)[0] as string, end: () => client.destroy() }
}

function listening(tell: (how: Ended) => void): Observer {
  return {
    exchangeEnded: (call, outcome) => tell({ call, outcome, rejected: undefined }),
    requestRejected: (_peer, fault, _target, rejection) =>
      tell({ call: undefined, outcome: undefined, rejected: { fault, status: rejection?.status ?? faults[fault].status } }),
    connectionOpened() {},
    connectionRefused() {},
    connectionClosed() {},
    upstreamOpened() {},
    upstreamClosed() {},
    endpointReached() {},
    endpointFailed() {},
  }
}

type Report = (sent: SentRequest, arrived: Arrived | undefined, how: Ended, answered: Parameters<typeof explainTarget>[2]) => Explanation

function createReport(plan: Plan, routes: readonly ExplainableRoute[], recorder: Recorder): Report {
  const explainRoute = createRouteExplainer(routes)
  const nearest = createNearest(routes)
  const byName = new Map(plan.routes.map((route) => [route.name, route]))
  const preflights = new Map(
    plan.routes.map(({ name, policies }) => [name, policies.some(({ kind, options }) => recorder.answersPreflights(kind, options))]),
  )
  /** As `serve/find-route.ts`: a preflight goes by the method that it asks for, to a route that answers preflights. */
  const routing = ({ query, preflightFor, client }: Arrived): RouteExplanation => {
    const asked = preflightFor === undefined ? undefined : explainRoute({ ...query, method: preflightFor }, client.address)
    return asked?.outcome === 'route' && preflights.get(asked.route) === true ? asked : explainRoute(query, client.address)
  }
  return (sent, arrived, { call, outcome, rejected }, answered) => {
    const listener = listenerFor(plan.listeners, sent.port)
    const common = { listener: listener?.name ?? '', from: arrived?.client.address ?? sent.from }
    if (call === undefined || outcome === undefined || arrived === undefined) {
      const fault = rejected?.fault ?? 'internal'
      return { ...unrouted, ...common, refused: { fault, title: faults[fault].title }, status: rejected?.status ?? 0 }
    }
    const { query } = arrived
    const found = routing(arrived)
    const route = byName.get(call.routeName)
    const acts = recorder.acts(call)
    // The exchange counts them itself; observers are shown less.
    const { entered } = call as Call
    const policies = (route?.policies ?? plan.unmatched).map(({ kind, origin }, position): ExplainedPolicy => ({
      kind,
      origin,
      entered: position < entered,
      acts: acts.filter((one) => one.position === position).map(({ act }) => act),
    }))
    const { fault, code, status, service } = outcome
    const astray = route === undefined && fault !== 'no_route' && fault !== 'method_not_allowed' && entered === 0 && query.path !== '*'
    return {
      ...common,
      request: { method: query.method, host: query.authority, path: query.path, query: query.query },
      refused: astray && fault !== undefined ? { fault, title: faults[fault].title } : undefined,
      outcome: astray || found.outcome === 'condition_failed' ? 'refused' : found.outcome,
      route: call.routeName,
      match: found.candidates[0]?.reason === 'wins' ? found.candidates[0].match : '',
      alternative: found.alternative,
      params: found.params,
      preflight: acts.some(({ act }) => act.hook === 'preflight'),
      allow: found.allow,
      candidates: found.candidates,
      nearest: found.outcome === 'no_route' ? nearest(query) : [],
      policies,
      target: route === undefined ? undefined : explainTarget(plan, route, answered),
      bodyLimit: route === undefined ? undefined : bodyLimit(plan, route),
      fault,
      code,
      status: service !== '' && fault === undefined ? 'service' : status,
    }
  }
}

const unrouted: Omit<Explanation, 'listener' | 'from' | 'status'> = {
  request: undefined,
  refused: undefined,
  outcome: 'refused',
  route: '',
  match: '',
  alternative: 0,
  params: {},
  preflight: false,
  allow: [],
  candidates: [],
  nearest: [],
  policies: [],
  target: undefined,
  bodyLimit: undefined,
  fault: undefined,
  code: '',
}
