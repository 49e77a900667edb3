// /livez, /readyz, /healthz: is the process alive, and may traffic be sent to it? Liveness depends on nothing but the main thread's turning.
import { json, type Answer } from '../answer.ts'
import type { Operation, Parameter } from '../operation.ts'
import { answers, health } from '../schemas.ts'
import { roughly } from '../time-words.ts'
import type { GatewayView } from '../view.ts'

const TYPE = 'application/health+json'

const verbose: Parameter = {
  name: 'verbose',
  in: 'query',
  description: 'Name what was looked at.',
  schema: { type: 'string' },
}

type Status = 'pass' | 'warn' | 'fail'
type Checks = Readonly<Record<string, readonly { readonly status: Status; readonly output?: string }[]>>

export function healthOperations(view: GatewayView): readonly Operation[] {
  const live = (id: string, path: string): Operation => ({
    id,
    method: 'GET',
    path,
    summary: id === 'livez' ? 'The process is alive' : 'The same as /livez',
    access: 'probe',
    parameters: [verbose],
    answers: { 200: answers('alive', health, TYPE) },
    handle: ({ query }) =>
      shown('pass', { process: [{ status: 'pass', output: `up for ${roughly(view.wall() - view.startedAt)}` }] }, query),
  })
  return [
    live('livez', '/livez'),
    {
      id: 'readyz',
      method: 'GET',
      path: '/readyz',
      summary: 'The first configuration is served, and no stop has been asked for',
      access: 'probe',
      parameters: [verbose],
      answers: { 200: answers('ready', health, TYPE), 503: answers('not ready', health, TYPE) },
      handle: ({ query }) => {
        const checks = readiness(view)
        const all = Object.values(checks).flat()
        const status = !view.ready ? 'fail' : all.some((check) => check.status !== 'pass') ? 'warn' : 'pass'
        return shown(status, checks, query)
      },
    },
    live('healthz', '/healthz'),
  ]
}

function shown(status: Status, checks: Checks, query: URLSearchParams): Answer {
  return json(status === 'fail' ? 503 : 200, { status, checks: query.has('verbose') ? checks : {} }, {}, TYPE)
}

function readiness(view: GatewayView): Checks {
  const serving = view.workers.filter(({ state }) => state === 'serving').length
  const failed = view.lastReload?.outcome === 'refused'
  return {
    configuration: [
      view.plan === undefined
        ? { status: 'fail', output: 'none is served yet' }
        : failed
          ? { status: 'warn', output: 'the last reload failed; the configuration before stays in force' }
          : { status: 'pass' },
    ],
    workers: [
      {
        status: view.stopping || serving === 0 ? 'fail' : serving < view.wanted ? 'warn' : 'pass',
        output: view.stopping ? 'the gateway is stopping' : `${serving} of ${view.wanted} serve`,
      },
    ],
  }
}
