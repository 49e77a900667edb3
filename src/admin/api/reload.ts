// POST /api/v1/reload: reads the configuration again and waits for what comes of it.
import { describeDiff } from '../../config/diff.ts'
import type { Plan } from '../../config/plan.ts'
import { type Answer, json, problem } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { answers, errors, object, reloaded, reloadProblem } from '../schemas.ts'
import type { GatewayView, ReloadView } from '../view.ts'
import { etagOf } from './config.ts'
import { notLoaded } from './not-loaded.ts'

export function reloadOperation(view: GatewayView): Operation {
  return {
    id: 'reload',
    method: 'POST',
    path: '/api/v1/reload',
    summary: 'Read the configuration again; a bad one changes nothing',
    access: 'operator',
    parameters: [
      {
        name: 'If-Match',
        in: 'header',
        description: 'The ETag of the configuration that is expected to be in force.',
        schema: { type: 'string' },
      },
    ],
    body: object({}),
    answers: {
      200: answers('every worker serves it', reloaded),
      409: errors('another reload, asked for later, was read instead'),
      412: errors('another configuration is in force'),
      422: errors('the configuration is refused; the one before stays in force', reloadProblem),
    },
    handle: async ({ who, fields, body }) => {
      if (body !== undefined && !isEmpty(body)) return problem(400, 'body_invalid', 'a reload takes no options; leave the body out')
      const { plan } = view
      if (plan === undefined) return notLoaded
      const wanted = fields['if-match']
      if (wanted !== undefined && !agrees(wanted, plan))
        return problem(
          412,
          'configuration_changed',
          'another configuration than the one of `If-Match` is in force',
          {},
          { etag: etagOf(plan) },
        )
      return answerOf(await view.reload(who), view.plan ?? plan)
    },
  }
}

function answerOf({ outcome, reason, findings, took, changes }: ReloadView, plan: Plan): Answer {
  if (outcome === 'superseded') return problem(409, 'superseded', 'a newer reload was asked for meanwhile, and read instead')
  if (outcome === 'refused' || changes === undefined)
    return problem(422, 'reload_refused', `${reason}; the configuration before stays in force`, { findings })
  const configuration = { hash: plan.hash, version: plan.version }
  const answer = {
    outcome,
    configuration,
    summary: describeDiff(changes),
    changes,
    findings,
    took: { read: Math.round(took.read), taken: Math.round(took.taken) },
  }
  return { ...json(200, answer, { etag: etagOf(plan) }), result: outcome }
}

const isEmpty = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0

/** RFC 9110 §13.1.1: `*`, or a list of strong tags. */
const agrees = (wanted: string, plan: Plan): boolean => wanted.split(',').some((tag) => tag.trim() === '*' || tag.trim() === etagOf(plan))
