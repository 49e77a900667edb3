// What `check` cannot know offline: the machine, the folders, and whether anybody listens where services are said to be. Connects and lets
// go; sends nothing to a service.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import net from 'node:net'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { formatDuration } from '../base/duration.ts'
import { urlHost } from '../base/ip.ts'
import type { EndpointPlan, Plan, ServicePlan } from '../config/plan.ts'
import { type LookUp, SystemLookUp } from '../upstream/resolve/look-up.ts'
import { readWhereabouts } from './admin-files.ts'
import { descriptorLimit, fewDescriptors } from './descriptor-limit.ts'
import { heapLimit, memoryLimit } from './memory.ts'
import { bindMessage, proveFree } from './ports.ts'

export interface Diagnosis {
  readonly state: 'ok' | 'warn' | 'fail'
  /** `endpoint http://127.0.0.1:7101 of users`. */
  readonly what: string
  readonly found: string
  /** What to do; '' where nothing is to be done. */
  readonly remedy: string
}

/** Endpoints that are tried at one time. */
const AT_ONCE = 32
/** For all endpoints together, in milliseconds. */
const PATIENCE = 10_000
const MiB = 1024 * 1024
/** Something on the way to a path is not there, or is no folder. */
const MISSING = new Set(['ENOENT', 'ENOTDIR'])
/** Before this no release existed. */
const BEGAN = Date.UTC(2026, 0, 1)

const ok = (what: string, found: string): Diagnosis => ({ state: 'ok', what, found, remedy: '' })
const warn = (what: string, found: string, remedy: string): Diagnosis => ({ state: 'warn', what, found, remedy })
const fail = (what: string, found: string, remedy: string): Diagnosis => ({ state: 'fail', what, found, remedy })

/** Looks at everything that `plan` needs. Takes about ten seconds at most. */
export async function diagnose(plan: Plan, clock: Clock, lookUp: LookUp = new SystemLookUp({ clock })): Promise<readonly Diagnosis[]> {
  const running = await runningPid(plan.state)
  try {
    const parts = await Promise.all([state(plan), listeners(plan, running), sinks(plan), endpoints(plan, lookUp)])
    return [...machine(plan, clock), ...parts.flat()]
  } finally {
    lookUp.end()
  }
}

function machine({ workers, limits }: Plan, clock: Clock): Diagnosis[] {
  const descriptors = descriptorLimit()
  const few = fewDescriptors(descriptors)
  const count = workers === 'auto' ? availableParallelism() : workers
  const heap = heapLimit(count, limits.memory)
  const memory = Math.round(memoryLimit() / MiB)
  const cores = availableParallelism()
  const size = `${count} worker${count === 1 ? '' : 's'} on ${cores} core${cores === 1 ? '' : 's'}, ${memory} MiB of memory, ${heap} MiB of heap each`
  return [
    ok('node', process.versions.node),
    clock.wall() < BEGAN
      ? fail('clock', new Date(clock.wall()).toISOString(), 'set the time: logs, certificates and tokens depend on it')
      : ok('clock', new Date(clock.wall()).toISOString()),
    few === undefined ? ok('descriptors', `${descriptors}`) : warn('descriptors', `${descriptors}`, few),
    count > cores * 2 ? warn('workers', size, 'more workers than cores wait for each other: `workers: auto`') : ok('workers', size),
  ]
}

async function state({ state: folder }: Plan): Promise<Diagnosis[]> {
  const what = `state folder ${folder}`
  try {
    const { mode, uid } = await stat(folder)
    const user = process.geteuid?.() ?? uid
    if (uid !== user && uid !== 0) return [fail(what, `belongs to user ${uid}`, `chown it to user ${user}, who runs the gateway`)]
    if ((mode & 0o022) !== 0) return [fail(what, 'others may write to it', `chmod 0700 ${folder}`)]
    await access(folder, constants.W_OK)
    if ((mode & 0o077) !== 0) return [warn(what, 'others may look into it', `chmod 0700 ${folder}`)]
    return [ok(what, 'is there, and its owner’s alone')]
  } catch (error) {
    if (!MISSING.has((error as NodeJS.ErrnoException).code ?? ''))
      return [fail(what, 'cannot be written to', 'let the user who runs the gateway write there')]
    return [await makeable(what, folder)]
  }
}

/** What is not there yet is made when it is needed, where that is allowed. */
async function makeable(what: string, path: string): Promise<Diagnosis> {
  for (let above = dirname(path); ; above = dirname(above)) {
    try {
      if (!(await stat(above)).isDirectory()) return fail(what, `${above} is a file, so nothing can lie in it`, 'name another place')
      await access(above, constants.W_OK)
      return ok(what, 'is made when it is needed')
    } catch (error) {
      if (!MISSING.has((error as NodeJS.ErrnoException).code ?? '') || dirname(above) === above)
        return fail(what, `${above} may not be written to`, 'let the user who runs the gateway write there, or name another place')
    }
  }
}

async function listeners(plan: Plan, running: number | undefined): Promise<Diagnosis[]> {
  const { admin, probes } = plan
  const addresses = [
    ...plan.listeners.map(({ name, address, port }) => ({ what: `listener ${name}`, address, port })),
    ...(admin.socket === undefined ? [{ what: 'admin API', address: admin.address, port: admin.port }] : []),
    ...(probes === undefined ? [] : [{ what: 'probes', address: probes.address, port: probes.port }]),
  ]
  const found: Diagnosis[] = []
  for (const { what, address, port } of addresses) {
    const where = `${what} ${address === '' ? '*' : urlHost(address)}:${port}`
    const proof = port === 0 ? undefined : await proveFree([{ address, port }])
    if (proof === undefined || 'addresses' in proof) found.push(ok(where, port === 0 ? 'takes any free port' : 'is free'))
    else if (running !== undefined && proof.failure.code === 'EADDRINUSE')
      found.push(ok(where, `is taken, as it should be by the running gateway (process ${running})`))
    else found.push(fail(where, bindMessage(proof.failure), 'end what listens there, or choose another port'))
  }
  return found
}

async function runningPid(folder: string): Promise<number | undefined> {
  const pid = (await readWhereabouts(folder))?.pid
  if (pid === undefined) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

async function sinks({ accessLog }: Plan): Promise<Diagnosis[]> {
  const found: Diagnosis[] = []
  for (const sink of accessLog.sinks) {
    if (sink.type !== 'file') continue
    const what = `access log ${sink.path}`
    try {
      await access(sink.path, constants.W_OK)
      found.push(ok(what, 'can be written'))
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      found.push(missing ? await makeable(what, sink.path) : fail(what, 'may not be written', 'let the user who runs the gateway write it'))
    }
  }
  return found
}

async function endpoints({ services }: Plan, lookUp: LookUp): Promise<Diagnosis[]> {
  const waiting = services.flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })))
  const found: Diagnosis[] = Array.from({ length: waiting.length })
  const end = performance.now() + PATIENCE
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

async function reach({ name, timeouts }: ServicePlan, { url, host, port }: EndpointPlan, lookUp: LookUp, end: number): Promise<Diagnosis> {
  const what = `endpoint ${url} of ${name}`
  if (performance.now() >= end) return warn(what, 'was not tried: there are too many for the time', 'look at those that were')
  const answer = net.isIP(host) === 0 ? await lookUp.find(host) : { ok: true as const, addresses: [host] }
  if (!answer.ok) return fail(what, `the name is not found: ${answer.reason}`, 'is the name right, and does the name server know it?')
  const began = performance.now()
  let first: string | undefined
  for (const address of answer.addresses) {
    const code = await connect(address, port, timeouts.connect)
    if (code === undefined) return ok(what, `takes connections (${Math.round(performance.now() - began)} ms)`)
    first ??= code
  }
  const timedOut = `takes no connection within ${formatDuration(timeouts.connect)}, its \`timeouts.connect\``
  return fail(
    what,
    REASONS[first ?? ''] ?? (first === 'ETIMEDOUT' ? timedOut : `cannot be reached: ${first}`),
    'is it running, on this host and port?',
  )
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
}

function connect(host: string, port: number, limit: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const done = (code: string | undefined): void => {
      socket.destroy()
      resolve(code)
    }
    socket.setTimeout(limit, () => done('ETIMEDOUT'))
    socket.on('connect', () => done(undefined))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => done(code ?? 'EUNKNOWN'))
  })
}
