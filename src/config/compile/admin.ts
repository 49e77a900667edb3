// The plan's `admin` and `probes`: who listens where beside the listeners, and with which tokens. Off the loopback interface nothing of the
// admin API listens before there is TLS for it (A75).
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { isLoopback } from '../../base/ip.ts'
import { DEFAULTS } from '../defaults.ts'
import type { Origins } from '../load/interpolate.ts'
import { placeAt } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import type { AdminPlan, ListenerPlan, ProbesPlan } from '../plan.ts'
import type { Draft } from './draft.ts'

/** A shorter token can be guessed. */
const TOKEN_LEAST = 16
/** The longest path that the system takes for a socket: `sun_path` is 108 bytes on Linux, 104 elsewhere, with its end. */
const SOCKET_MOST = 103
const FROM_ENVIRONMENT = 'TIDEGATE_ADMIN_TOKEN'

export interface AdminInput {
  readonly env: Origins['env']
  /** The folder that a relative socket starts from; absolute. */
  readonly state: string
  readonly listeners: readonly ListenerPlan[]
}

export function compileAdmin(draft: Draft, { env, state, listeners }: AdminInput, problems: Problems): AdminPlan {
  const { admin, root } = draft
  const at = (...steps: (string | number)[]) => placeAt(root, ['admin', ...steps])
  const address = admin?.address ?? DEFAULTS.admin.address
  const port = admin?.port ?? DEFAULTS.admin.port
  const socket = admin?.socket === undefined ? undefined : resolve(state, admin.socket)
  if (socket !== undefined && (admin?.address !== undefined || admin?.port !== undefined))
    problems.error(at('socket'), 'admin.socket', 'stands in place of `address` and `port`; say one or the other')
  if (socket !== undefined && Buffer.byteLength(socket) > SOCKET_MOST)
    problems.error(at('socket'), 'admin.socket', `\`${socket}\` is longer than the ${SOCKET_MOST} bytes that a socket's path may have`)
  if (!isLoopback(address)) {
    problems.error(
      at('address'),
      'admin.address',
      `\`${address}\` can be reached from other machines, and the admin API has no TLS in this version: bind \`127.0.0.1\`, \`::1\` or a \`socket\`; for kubelets and scrapers there is \`probes\``,
    )
  }
  const stated = admin?.port !== undefined || admin?.address !== undefined || socket !== undefined
  const rival = socket === undefined ? listeners.find((other) => clash(other, { address, port })) : undefined
  if (rival !== undefined && stated) problems.error(at('port'), 'admin.port', `port ${port} is taken by the listener \`${rival.name}\``)
  else if (rival !== undefined) {
    const remedy = 'the admin API takes any free port; say which as `admin: { port: … }`'
    problems.warning(
      placeAt(root, ['listeners', rival.name, 'port']),
      `listeners.${rival.name}.port`,
      `${port} is the port of the admin API; ${remedy}`,
    )
  }
  const seen = new Set<string>([FROM_ENVIRONMENT])
  const tokens = (admin?.tokens ?? []).map(({ name, hash, role }, i) => {
    if (seen.has(name))
      problems.error(
        at('tokens', i, 'name'),
        `admin.tokens.${i}.name`,
        `\`${name}\` is another token's name; names tell them apart in the log`,
      )
    seen.add(name)
    return { name, hash: hash.slice('sha256:'.length).toLowerCase(), role }
  })
  return { address, port: rival === undefined ? port : 0, socket, tokens: [...tokens, ...fromEnvironment(env, problems)], stated }
}

/** `TIDEGATE_ADMIN_TOKEN` gives one token with every right. Set and empty is a slip that must not go unnoticed. */
function fromEnvironment(env: Origins['env'], problems: Problems): AdminPlan['tokens'] {
  const token = env[FROM_ENVIRONMENT]
  if (token === undefined) return []
  const source = { file: FROM_ENVIRONMENT, folder: '', text: '' }
  if (token.length < TOKEN_LEAST) {
    const what = token === '' ? 'is set and empty' : `has fewer than ${TOKEN_LEAST} characters, which can be guessed`
    problems.error({ source, offset: -1 }, '', `${what}; give it a long random value (\`openssl rand -hex 32\`), or unset it`)
  } else if (!/^[\x21-\x7e]+$/.test(token)) {
    problems.error({ source, offset: -1 }, '', 'holds spaces or characters that no `Authorization` can carry; give it letters and digits')
  }
  return [{ name: FROM_ENVIRONMENT, hash: createHash('sha256').update(token).digest('hex'), role: 'issuer' }]
}

export function compileProbes(
  draft: Draft,
  admin: AdminPlan,
  listeners: readonly ListenerPlan[],
  problems: Problems,
): ProbesPlan | undefined {
  const { probes, root } = draft
  if (probes === undefined) return undefined
  const plan = { address: probes.address ?? '', port: probes.port, metrics: probes.metrics ?? false }
  const rival = listeners.find((other) => clash(other, plan))
  const place = placeAt(root, ['probes', 'port'])
  if (rival !== undefined) problems.error(place, 'probes.port', `port ${plan.port} is taken by the listener \`${rival.name}\``)
  if (admin.socket === undefined && clash(admin, plan))
    problems.error(place, 'probes.port', `port ${plan.port} is the admin API's; probes have a port of their own`)
  return plan
}

interface Bound {
  readonly address: string
  readonly port: number
}

/** Any address includes every other one. Port 0 is a free one each time. */
export const clash = (a: Bound, b: Bound): boolean =>
  a.port !== 0 &&
  a.port === b.port &&
  (a.address === b.address || a.address === '' || b.address === '' || a.address === '::' || b.address === '::')
