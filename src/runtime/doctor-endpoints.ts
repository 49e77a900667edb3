// Doctor: does each endpoint's name lead somewhere, and does somebody take connections there? Connects and lets go; sends nothing.
import net from 'node:net'
import { formatDuration } from '../base/duration.ts'
import type { EndpointPlan, Plan, ServicePlan } from '../config/plan.ts'
import type { LookUp } from '../upstream/resolve/look-up.ts'
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts'

/** Endpoints that are tried at one time. */
const AT_ONCE = 32

/** `end`: aborts when the time for all of them together is over. What was not tried, or not to the end, is told as that. */
export async function endpoints({ services }: Pick<Plan, 'services'>, lookUp: LookUp, end: AbortSignal): Promise<Diagnosis[]> {
  const waiting = services.flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })))
  const found: Diagnosis[] = Array.from({ length: waiting.length })
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < waiting.length; at = next++) {
      const { service, endpoint } = waiting[at] as (typeof waiting)[number]
      found[at] = await reach(service, endpoint, lookUp, end)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work))
  return found
}

async function reach({ name, timeouts }: ServicePlan, endpoint: EndpointPlan, lookUp: LookUp, end: AbortSignal): Promise<Diagnosis> {
  const { url, host, port } = endpoint
  const what = `endpoint ${url} of ${name}`
  if (end.aborted) return warn(what, 'was not tried: the time for all of them was over', 'look at those that were')
  const answer = net.isIP(host) === 0 ? await Promise.race([lookUp.find(host), over(end)]) : { ok: true as const, addresses: [host] }
  if (answer === undefined)
    return fail(what, 'the name server did not answer in time', 'can this machine reach the servers of /etc/resolv.conf?')
  if (!answer.ok) return fail(what, `the name is not found: ${answer.reason}`, 'is the name right, and does the name server know it?')
  const began = performance.now()
  let first: string | undefined
  for (const address of answer.addresses) {
    const code = await connect(address, port, timeouts.connect, end)
    if (code === undefined) return ok(what, `takes connections (${Math.round(performance.now() - began)} ms)`)
    first ??= code
    if (end.aborted) break
  }
  return fail(what, reasonOf(first ?? '', timeouts.connect), 'is it running, on this host and port?')
}

const over = (end: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => (end.aborted ? resolve(undefined) : end.addEventListener('abort', () => resolve(undefined), { once: true })))

function reasonOf(code: string, limit: number): string {
  if (code === 'ETIMEDOUT') return `takes no connection within ${formatDuration(limit)}, its \`timeouts.connect\``
  return REASONS[code] ?? `cannot be reached: ${code}`
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ABORTED: 'took no connection in the time there was for all of them',
}

function connect(host: string, port: number, limit: number, end: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const aborted = (): void => done('ABORTED')
    const done = (code: string | undefined): void => {
      end.removeEventListener('abort', aborted)
      socket.destroy()
      resolve(code)
    }
    end.addEventListener('abort', aborted, { once: true })
    socket.setTimeout(limit, () => done('ETIMEDOUT'))
    socket.on('connect', () => done(undefined))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => done(code ?? 'EUNKNOWN'))
  })
}
