// GET /api/v1/status: the verdict, and everything that it rests on.
import { json } from '../answer.ts'
import type { Operation } from '../operation.ts'
import { answers, status } from '../schemas.ts'
import { verdictOf } from '../verdict.ts'
import type { GatewayView } from '../view.ts'
import { serviceViewer } from './services.ts'

export function statusOperation(view: GatewayView): Operation {
  return {
    id: 'status',
    method: 'GET',
    path: '/api/v1/status',
    summary: 'How the gateway is',
    access: 'local',
    parameters: [],
    answers: { 200: answers('how it is', status) },
    handle: () => json(200, statusOf(view)),
  }
}

function statusOf(view: GatewayView): unknown {
  const { plan, lastReload } = view
  const { state, sentence } = verdictOf(view)
  return {
    verdict: sentence,
    state,
    ready: view.ready,
    version: view.version,
    pid: view.pid,
    startedAt: iso(view.startedAt),
    uptime: Math.max(0, Math.round((view.wall() - view.startedAt) / 1_000)),
    configuration:
      plan === undefined
        ? undefined
        : {
            hash: plan.hash,
            version: plan.version,
            loadedAt: iso(view.changedAt),
            lastReload: lastReload === undefined ? undefined : { ...lastReload, at: iso(lastReload.at) },
          },
    routes: plan?.routes.length ?? 0,
    listeners: plan?.listeners.map(({ name, address, port }) => ({ name, address, port })) ?? [],
    workers: view.workers.map(({ blocked, ...worker }) => ({ ...worker, blocked: blocked ? true : undefined })),
    services: plan?.services.map(serviceViewer(view)) ?? [],
  }
}

const iso = (at: number): string => new Date(at).toISOString()
