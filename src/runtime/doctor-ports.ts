// Doctor: are the ports free, who holds those that are not, and can the proxies that `client` believes get to a listener at all?
import { isLoopback, parseCidr, TrustedPeers, urlHost } from '../base/ip.ts'
import type { ListenerPlan, Plan } from '../config/plan.ts'
import { readWhereabouts } from './admin-files.ts'
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts'
import { type Holder, holdersOf } from './port-holders.ts'
import { bindMessage, proveFree } from './ports.ts'

interface Wanted {
  readonly what: string
  readonly address: string
  readonly port: number
  /** A start without it is a start all the same. */
  readonly optional: boolean
}

export async function listeners(plan: Plan): Promise<Diagnosis[]> {
  const { admin, probes } = plan
  const running = await runningPid(plan.state)
  const wanted: Wanted[] = plan.listeners.map(({ name, address, port }) => ({ what: `listener ${name}`, address, port, optional: false }))
  if (admin.socket === undefined) wanted.push({ what: 'admin API', address: admin.address, port: admin.port, optional: !admin.stated })
  if (probes !== undefined) wanted.push({ what: 'probes', address: probes.address, port: probes.port, optional: false })
  const found: Diagnosis[] = []
  // One after the other: two of them may be the same port.
  for (const each of wanted) found.push(await judge(each, running))
  return [...found, ...believed(plan)]
}

async function judge({ what, address, port, optional }: Wanted, running: number | undefined): Promise<Diagnosis> {
  const where = `${what} ${address === '' ? '*' : urlHost(address)}:${port}`
  if (port === 0) return ok(where, 'takes any free port')
  const proof = await proveFree([{ address, port }])
  if ('addresses' in proof) return ok(where, 'is free')
  const holders = proof.failure.code === 'EADDRINUSE' ? await holdersOf(port) : []
  const isOurs = holders.length === 0 ? proof.failure.code === 'EADDRINUSE' : holders.some(({ pid }) => pid === running)
  if (running !== undefined && isOurs) return ok(where, `is taken, as it should be by the running gateway (process ${running})`)
  const refused = holders.length === 0 ? bindMessage(proof.failure) : `is in use by ${named(holders)}`
  return optional
    ? warn(where, refused, 'the gateway starts without its admin API; say a free port: `admin: { port: … }`')
    : fail(where, refused, 'end what listens there, or choose another port')
}

const named = (holders: readonly Holder[]): string => holders.map(({ name, pid }) => `${name} (process ${pid})`).join(' and ')

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

const LOOPBACK = new TrustedPeers(['127.0.0.0/8', '::1/128'])

/** Proxies that can get to no listener are hardly the ones in front. */
function believed({ client, listeners: all }: Plan): Diagnosis[] {
  if (client.from === 'connection') return []
  const what = `client from ${client.from}`
  const lost = client.trusted.filter((block) => !all.some((listener) => canReach(block, listener)))
  if (lost.length === 0) return [ok(what, `believed from ${client.trusted.join(', ')}`)]
  const where = all.map(({ address, port }) => `${address === '' ? '*' : urlHost(address)}:${port}`).join(', ')
  const remedy = 'name the addresses from which the proxies in front connect, or bind an address that they reach'
  return [warn(what, `${lost.join(', ')} under \`client.trusted\` can connect to none of the listeners (${where})`, remedy)]
}

function canReach(block: string, { address }: ListenerPlan): boolean {
  const { address: first, prefix } = parseCidr(block) ?? { address: '', prefix: 0 }
  if (address === '' || address === '::') return true
  if (first.includes(':') !== address.includes(':')) return false
  if (address === '0.0.0.0') return true
  const holdsLoopback = new TrustedPeers([block]).has(address.includes(':') ? '::1' : '127.0.0.1')
  const isWithin = LOOPBACK.has(first) && prefix >= 8
  return isLoopback(address) ? holdsLoopback || isWithin : !isWithin
}
