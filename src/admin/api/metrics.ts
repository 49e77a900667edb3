// GET /metrics, in the format that the scraper asks for.
import { text } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { answers } from '../schemas.ts'
import type { GatewayView } from '../view.ts'

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

export function metricsOperation(view: GatewayView): Operation {
  return {
    id: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics, as Prometheus reads them; OpenMetrics for whoever accepts it',
    access: 'local',
    parameters: [],
    answers: { 200: answers('the metrics of all workers', { type: 'string' }, PROMETHEUS) },
    handle: ({ fields: { accept = '' } }) => {
      const open = /(?:^|,)\s*application\/openmetrics-text\s*(?:;|,|$)/i.test(accept)
      return text(200, open ? OPENMETRICS : PROMETHEUS, view.metrics(open ? 'openmetrics' : 'prometheus'))
    },
  }
}
