// Services of a draft → services of the plan: endpoints spelled out, defaults filled in.
import { DEFAULTS, layered } from '../defaults.ts'
import type { Problems } from '../load/problems.ts'
import { join, placeAt } from '../load/node.ts'
import type { EndpointPlan, ServicePlan } from '../plan.ts'
import type { ServiceDefaultsInput, ServiceInput } from '../schema/services.ts'
import type { Draft, Named } from './draft.ts'

export function compileServices(draft: Draft, problems: Problems): ServicePlan[] {
  return draft.services.flatMap((service) => {
    if (service.value === undefined) return []
    return [compileService(service as Named<ServiceInput> & { value: ServiceInput }, draft.defaults?.service ?? {}, problems)]
  })
}

function compileService(
  { name, value, node }: Named<ServiceInput> & { value: ServiceInput },
  shared: ServiceDefaultsInput,
  problems: Problems,
): ServicePlan {
  const standard = DEFAULTS.service
  const path = join('services', name)
  const endpoints: EndpointPlan[] = value.endpoints.map(({ url, weight }) => ({ ...url, weight: weight ?? 1 }))
  const seen = new Set<string>()
  endpoints.forEach(({ url, basePath }, i) => {
    if (seen.has(url + basePath))
      problems.error(
        placeAt(node, ['endpoints', i]),
        `${path}.endpoints.${i}`,
        'this endpoint is listed twice; a `weight` gives it more requests',
      )
    seen.add(url + basePath)
  })
  if (endpoints.every(({ weight }) => weight === 0))
    problems.error(placeAt(node, ['endpoints']), `${path}.endpoints`, 'every weight is 0, so no endpoint gets requests')
  const pipelining = value.connections?.pipelining ?? shared.connections?.pipelining ?? standard.depth
  const { perEndpoint, idle } = layered(standard.connections, shared.connections, value.connections)
  const retries = layered(standard.retries, shared.retries, value.retries)
  return {
    name,
    endpoints,
    host: value.host ?? shared.host ?? standard.host,
    timeouts: layered(standard.timeouts, shared.timeouts, value.timeouts),
    connections: {
      perEndpoint,
      idle,
      pipelining:
        typeof pipelining === 'number'
          ? { depth: pipelining, echo: undefined }
          : { depth: pipelining.depth, echo: pipelining.echo?.toLowerCase() },
    },
    concurrency: layered(standard.concurrency, shared.concurrency, value.concurrency),
    retries: { max: retries.max, connect: retries.if.includes('connect'), reset: retries.if.includes('reset') },
  }
}
