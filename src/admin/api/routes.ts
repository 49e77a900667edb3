// GET /api/v1/routes: the routes in the order of the configuration, without the options of their policies.
import { maskedCopy } from '../../config/load/mask.ts'
import type { HandlerPlan, RoutePlan } from '../../config/plan.ts'
import { json } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { pageOf, pageParameters } from '../paging.ts'
import { answers, routes } from '../schemas.ts'
import type { GatewayView } from '../view.ts'
import { notLoaded } from './not-loaded.ts'

export function routesOperation(view: GatewayView): Operation {
  return {
    id: 'routes',
    method: 'GET',
    path: '/api/v1/routes',
    summary: 'The routes of the configuration in force',
    access: 'local',
    parameters: pageParameters,
    answers: { 200: answers('a page of routes', routes) },
    handle: ({ query }) => {
      if (view.plan === undefined) return notLoaded
      const page = pageOf(view.plan.routes, query)
      if ('refusal' in page) return page.refusal
      return json(200, maskedCopy({ items: page.items.map(routeView), next: page.next }, view.secrets))
    },
  }
}

const routeView = ({ name, match, handler, policies }: RoutePlan): unknown => ({
  name,
  match: match.map(({ method, path, hosts, headers, query }) => ({ method, path, hosts, headers, query })),
  handler: handlerView(handler),
  policies: policies.map(({ kind, origin }) => ({ kind, origin })),
})

function handlerView(handler: HandlerPlan): unknown {
  switch (handler.kind) {
    case 'forward':
      return {
        kind: 'forward',
        services: handler.split.map(({ service, weight }) => ({ name: service, weight })),
        mirror: handler.mirror?.service,
      }
    case 'reply':
      return { kind: 'reply', status: handler.status }
    case 'redirect':
      return { kind: 'redirect', status: handler.status, to: handler.to }
    default:
      return handler satisfies never
  }
}
