// How the gateway is, in one sentence: for whoever was woken up at night, first what is wrong, then what changed last.
import { printableTime, roughly } from './time-words.ts'
import type { EndpointView, GatewayView } from './view.ts'

export interface Verdict {
  readonly state: 'ok' | 'degraded' | 'not-ready'
  /** `OK: 2 workers, 12 routes; no configuration change for 4 d`. */
  readonly sentence: string
}

export function verdictOf(view: GatewayView): Verdict {
  const tail = changeOf(view)
  if (!view.ready) return { state: 'not-ready', sentence: `NOT READY: ${whyNotReady(view)}${tail}` }
  const wrong = troublesOf(view)
  if (wrong.length > 0) return { state: 'degraded', sentence: `DEGRADED: ${wrong.join('; ')}${tail}` }
  const routes = view.plan?.routes.length ?? 0
  return { state: 'ok', sentence: `OK: ${counted(servingOf(view), 'worker')}, ${counted(routes, 'route')}${tail}` }
}

const servingOf = ({ workers }: GatewayView): number => workers.filter(({ state }) => state === 'serving').length

function whyNotReady(view: GatewayView): string {
  if (view.stopping) return 'it is stopping'
  if (view.plan === undefined) return 'it is starting'
  const serving = servingOf(view)
  if (serving === 0 || serving >= view.wanted) return 'no worker serves'
  return `${counted(serving, 'worker')} of ${view.wanted} serve, and none is started again before a reload succeeds: they were lost too often`
}

function troublesOf(view: GatewayView): string[] {
  const troubles = outOf(view)
  const serving = servingOf(view)
  if (serving < view.wanted) troubles.push(`${serving} of ${counted(view.wanted, 'worker')} serve`)
  const blocked = view.workers.filter((worker) => worker.blocked)
  for (const { id, reportAge = 0 } of blocked) troubles.push(`worker ${id} is blocked for ${roughly(reportAge * 1_000)}`)
  const [first, ...others] = view.refusedRoutes
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` and ${counted(others.length, 'other')}`
    troubles.push(`route ${first}${more} refused, whose code ended workers`)
  }
  const { lastReload } = view
  if (lastReload?.outcome === 'refused')
    troubles.push(`the last reload failed ${roughly(view.wall() - lastReload.at)} ago (${lastReload.reason})`)
  return troubles
}

/** `billing 2 of 3 endpoints out since 03:02 UTC (connect refused)`, one a service. */
function outOf(view: GatewayView): string[] {
  const services = Map.groupBy(
    view.endpoints.filter(({ state }) => state === 'out'),
    ({ service }) => service,
  )
  return [...services].map(([service, out]) => {
    const all = view.plan?.services.find(({ name }) => name === service)?.endpoints.length ?? out.length
    const since = Math.min(...out.map((endpoint) => endpoint.since ?? view.wall()))
    return `${service} ${out.length} of ${counted(all, 'endpoint')} out since ${printableTime(since, view.wall())}${reasonsOf(out)}`
  })
}

function reasonsOf(out: readonly EndpointView[]): string {
  const reasons = new Set(out.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))
  return reasons.size === 0 ? '' : ` (${[...reasons].join(', ')})`
}

function changeOf(view: GatewayView): string {
  return view.plan === undefined ? '' : `; no configuration change for ${roughly(view.wall() - view.changedAt)}`
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
