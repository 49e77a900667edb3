// GET /api/v1/config: the configuration in force with every default filled in, its secrets masked by where they came from (A77).
import { maskedCopy } from '../../config/load/mask.ts'
import type { Plan } from '../../config/plan.ts'
import { json } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { answers, configuration } from '../schemas.ts'
import type { GatewayView } from '../view.ts'
import { notLoaded } from './not-loaded.ts'

export function configOperation(view: GatewayView): Operation {
  return {
    id: 'config',
    method: 'GET',
    path: '/api/v1/config',
    summary: 'The configuration in force, with defaults, without secrets',
    access: 'viewer',
    parameters: [],
    answers: { 200: answers('the effective configuration; its hash as ETag', configuration) },
    handle: () => {
      const { plan } = view
      if (plan === undefined) return notLoaded
      return json(200, maskedCopy(withoutHashes(plan), view.secrets), { etag: etagOf(plan) })
    },
  }
}

export const etagOf = ({ hash }: Plan): string => `"${hash}"`

/** What tokens are known by is nobody's to try passwords on. */
const withoutHashes = (plan: Plan): unknown => ({
  ...plan,
  // Code is named, not shown.
  modules: plan.modules.map(({ path, hash }) => ({ path, hash })),
  accessLog: {
    ...plan.accessLog,
    sinks: plan.accessLog.sinks.map((sink) => (sink.type === 'plugin' ? { ...sink, module: sink.module.path } : sink)),
  },
  admin: { ...plan.admin, tokens: plan.admin.tokens.map(({ name, role }) => ({ name, role })) },
})
