// From plan to snapshot: routes arranged, policies compiled, handlers bound to services. Whatever can fail fails here, before anything
// that serves has changed.
import { TrustedPeers } from '../base/ip.ts'
import type { Clock } from '../base/clock.ts'
import type { HandlerPlan, Plan, RoutePlan } from '../config/plan.ts'
import { ForwardHandler } from '../handlers/forward/handler.ts'
import { OriginGate } from '../handlers/forward/origin-gate.ts'
import { RedirectHandler } from '../handlers/redirect/handler.ts'
import { ReplyHandler } from '../handlers/reply/handler.ts'
import { bodyPlace, parseLocation, parseRewrite, parseTemplate } from '../http/template.ts'
import { PathOddity } from '../http/uri.ts'
import { learnNames } from '../http1/names.ts'
import { compileAll } from '../pipeline/compile-all.ts'
import type { PolicyCreators } from '../pipeline/compile-all.ts'
import type { FailureReport, Pipeline } from '../pipeline/pipeline.ts'
import type { Handler } from '../pipeline/handler.ts'
import { buildTable } from '../route/table.ts'
import { readTemplates, type RouteTemplates } from '../route/templates.ts'
import type { RunRoute } from './plugin-code.ts'
import type { ServedRoute, Snapshot } from '../serve/snapshot.ts'
import type { Service, ServiceTimeouts } from '../upstream/service.ts'

export interface SnapshotDeps {
  readonly services: ReadonlyMap<string, Service>
  readonly registry: PolicyCreators
  readonly clock: Clock
  readonly loopId: string
  readonly report: FailureReport
  /** The routes of the plan where some have conditions that are code; left out: none has. */
  readonly routes?: readonly RunRoute[]
}

/** A snapshot of a plan that `config` has accepted. Throws with every problem in its message: a plan that cannot be built serves nobody. */
export function buildSnapshot(plan: Plan, deps: SnapshotDeps): Snapshot {
  // Ahead of the table, whose values are made with what they bind; the table takes them over, for reading them is most of its cost.
  const templates = plan.routes.map((route) => readTemplates(route.match))
  const params = templates.map((one) => one.params)
  learnNames(plan.routes.flatMap((route) => route.match.flatMap((match) => match.headers.map((header) => header.name))))
  const lists = plan.routes.map((route, i) => ({ route: route.name, params: params[i] as readonly string[], policies: route.policies }))
  const compiled = compileAll([...lists, { route: '', params: [], policies: plan.unmatched }], {
    registry: deps.registry,
    now: () => deps.clock.now(),
    report: deps.report,
  })
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => `${problem.path}: ${problem.message}`).join('; '))
  const { pipelines } = compiled
  const served = plan.routes.map((route, index) =>
    serveRoute(route, index, params[index] as readonly string[], pipelines[index] as Pipeline, plan, deps),
  )
  const { table, problems } = buildTable(
    (deps.routes ?? (plan.routes as readonly unknown[] as readonly RunRoute[])).map(({ name, match, over }, i) => ({
      name,
      match,
      over,
      value: served[i] as ServedRoute,
      templates: templates[i] as RouteTemplates,
    })),
  )
  if (problems.length > 0) throw new Error(problems.map((problem) => `${problem.routes.join(', ')}: ${problem.message}`).join('; '))
  const { limits, timeouts } = plan
  return {
    version: plan.version,
    table,
    unmatched: pipelines[plan.routes.length] as Pipeline,
    client: { from: plan.client.from, trusted: new TrustedPeers(plan.client.trusted) },
    limits: {
      head: limits.head,
      headers: limits.headers,
      target: limits.target,
      body: limits.body ?? Infinity,
      pipelined: limits.pipelined,
    },
    timeouts: { head: timeouts.head, body: timeouts.body, write: timeouts.write, keepAlive: timeouts.keepAlive },
  }
}

function serveRoute(
  route: RoutePlan,
  index: number,
  params: readonly string[],
  pipeline: Pipeline,
  plan: Plan,
  deps: SnapshotDeps,
): ServedRoute {
  return {
    name: route.name,
    index,
    pipeline,
    handler: gated(route, makeHandler(route, route.handler, params, deps)),
    params,
    bodyLimit: route.limits.body ?? plan.limits.body ?? Infinity,
    timeouts: { body: route.timeouts.body ?? plan.timeouts.body, write: route.timeouts.write ?? plan.timeouts.write },
    allowedOddities: route.path.encoded.reduce((bits, kind) => bits | PathOddity[kind], 0),
    trailers: route.trailers,
    websocket: route.websocket,
  }
}

function gated({ websocket }: RoutePlan, handler: Handler): Handler {
  return websocket === undefined || websocket.origins.length === 0 ? handler : new OriginGate(websocket.origins, handler)
}

function makeHandler(route: RoutePlan, plan: HandlerPlan, params: readonly string[], deps: SnapshotDeps): Handler {
  switch (plan.kind) {
    case 'forward': {
      const part = (name: string): { service: Service; timeouts: ServiceTimeouts } => {
        const service = deps.services.get(name)
        if (service === undefined) throw new Error(`routes.${route.name}: there is no service \`${name}\``)
        const { connect, response, deadline, stream } = { ...service.timeouts, ...route.timeouts }
        return { service, timeouts: { connect, response, deadline, stream } }
      }
      return new ForwardHandler({
        split: plan.split.map(({ service, weight }) => ({ ...part(service), weight })),
        rewrite: route.rewrite === undefined ? undefined : parsed(route, parseRewrite(route.rewrite, params)),
        trailers: route.trailers,
        keepEmptySegments: route.path.emptySegments === 'keep',
        mirror: plan.mirror === undefined ? undefined : { ...part(plan.mirror.service), sample: plan.mirror.sample },
        loopId: deps.loopId,
      })
    }
    case 'reply': {
      const type = plan.fields[plan.fields.indexOf('content-type') + 1] ?? ''
      const text = plan.body
      if (text === undefined) return new ReplyHandler({ status: plan.status, fields: plan.fields, body: undefined })
      const template = plan.json
        ? parsed(route, parseTemplate(text.replaceAll(/[{}]/g, '$&$&'), []))
        : parsed(route, parseTemplate(text, params))
      return new ReplyHandler({ status: plan.status, fields: plan.fields, body: { template, place: bodyPlace(type) } })
    }
    case 'redirect':
      return new RedirectHandler({ status: plan.status, to: parsed(route, parseLocation(plan.to, params)) })
    default: {
      const never: never = plan
      return never
    }
  }
}

function parsed<T>(route: RoutePlan, result: { ok: true; template: T } | { ok: false; message: string }): T {
  if (!result.ok) throw new Error(`routes.${route.name}: ${result.message}`)
  return result.template
}
