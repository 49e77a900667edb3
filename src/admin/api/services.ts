// GET /api/v1/services: each service with its endpoints, and what is known of them.
import type { ServicePlan } from '../../config/plan.ts'
import { json } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { pageOf, pageParameters } from '../paging.ts'
import { answers, services } from '../schemas.ts'
import type { EndpointView, GatewayView } from '../view.ts'
import { notLoaded } from './not-loaded.ts'

export function servicesOperation(view: GatewayView): Operation {
  return {
    id: 'services',
    method: 'GET',
    path: '/api/v1/services',
    summary: 'The services of the configuration in force',
    access: 'local',
    parameters: pageParameters,
    answers: { 200: answers('a page of services', services) },
    handle: ({ query }) => {
      if (view.plan === undefined) return notLoaded
      const page = pageOf(view.plan.services, query)
      if ('refusal' in page) return page.refusal
      const { endpoints } = view
      return json(200, { items: page.items.map((service) => serviceView(service, endpoints)), next: page.next })
    },
  }
}

/** A service as answers show it; an endpoint that nobody has been connected to is `unknown`. */
export function serviceView({ name, endpoints }: ServicePlan, states: readonly EndpointView[]): unknown {
  const known = new Map(states.filter(({ service }) => service === name).map((state) => [state.endpoint, state]))
  return {
    name,
    endpoints: endpoints.map(({ url, basePath, weight }) => {
      const { state = 'unknown', since, reason } = known.get(url) ?? {}
      return { url: `${url}${basePath}`, weight, state, since: since === undefined ? undefined : new Date(since).toISOString(), reason }
    }),
  }
}
