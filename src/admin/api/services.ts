// GET /api/v1/services: each service with its endpoints, and what is known of them.
import { masker } from '../../config/load/mask.ts'
import type { ServicePlan } from '../../config/plan.ts'
import { json } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { pageOf, pageParameters } from '../paging.ts'
import { answers, services } from '../schemas.ts'
import type { GatewayView } from '../view.ts'
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
      const show = serviceViewer(view)
      return json(200, { items: page.items.map(show), next: page.next })
    },
  }
}

/** Shows a service as answers do; an endpoint that nobody has been connected to is `unknown`, and an address may come from a secret file. */
export function serviceViewer({ endpoints: states, secrets }: GatewayView): (service: ServicePlan) => unknown {
  const mask = masker(secrets)
  return ({ name, endpoints }) => {
    const known = new Map(states.filter(({ service }) => service === name).map((state) => [state.endpoint, state]))
    return {
      name,
      endpoints: endpoints.map(({ url, basePath, weight }) => {
        const { state = 'unknown', since, reason } = known.get(url) ?? {}
        const at = since === undefined ? undefined : new Date(since).toISOString()
        return { url: mask(`${url}${basePath}`), weight, state, since: at, reason }
      }),
    }
  }
}
