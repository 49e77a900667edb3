// Everything that the admin API can do: the one table behind its routing and its OpenAPI document.
import { configOperation } from './api/config.ts'
import { explainOperation } from './api/explain.ts'
import { healthOperations } from './api/health.ts'
import { metricsOperation } from './api/metrics.ts'
import { openapiOperation } from './api/openapi.ts'
import { reloadOperation } from './api/reload.ts'
import { routesOperation } from './api/routes.ts'
import { servicesOperation } from './api/services.ts'
import { statusOperation } from './api/status.ts'
import type { Operation } from './operation.ts'
import type { GatewayView } from './view.ts'

export function adminOperations(view: GatewayView): readonly Operation[] {
  const operations = [
    ...healthOperations(view),
    metricsOperation(view),
    statusOperation(view),
    routesOperation(view),
    servicesOperation(view),
    configOperation(view),
    reloadOperation(view),
    explainOperation(view),
  ]
  return [...operations, openapiOperation(operations, view.version)]
}

/** What the port for probes has: nothing else (A76). */
export function probeOperations(view: GatewayView, metrics: boolean): readonly Operation[] {
  const health = healthOperations(view).filter(({ id }) => id !== 'healthz')
  return metrics ? [...health, metricsOperation(view)] : health
}
