// POST /api/v1/explain: why a request goes where it goes, in the gateway that runs.
import { maskedCopy, masker } from '../../config/load/mask.ts'
import { json, problem } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { answers, errors, explainBody, explanation } from '../schemas.ts'
import type { GatewayView } from '../view.ts'

export function explainOperation(view: GatewayView): Operation {
  return {
    id: 'explain',
    method: 'POST',
    path: '/api/v1/explain',
    summary: 'Why a request goes where it goes; nothing is sent to a service',
    access: 'viewer',
    parameters: [],
    body: explainBody,
    answers: { 200: answers('the explanation', explanation), 501: errors('this gateway cannot tell') },
    handle: async ({ body }) => {
      if (view.explain === undefined) return problem(501, 'not_implemented', 'this version cannot explain requests while it runs')
      if (typeof body !== 'object' || body === null) return problem(400, 'body_missing', 'say the request: {"method": "GET", "url": "/"}')
      const told = await view.explain(body)
      return 'message' in told
        ? problem(400, 'request_invalid', masker(view.secrets)(told.message))
        : json(200, maskedCopy(told.explanation, view.secrets))
    },
  }
}
