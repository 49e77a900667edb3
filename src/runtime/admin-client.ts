// The command line's way to a gateway that runs on this machine: where its admin API listens, the token that opens it, and one request.
import http from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { isLoopback, parseAddress } from '../base/ip.ts'
import { DEFAULTS } from '../config/defaults.ts'
import { locate } from '../config/load/files.ts'
import { readToken, readWhereabouts, type Whereabouts } from './admin-files.ts'
import { loadInThread } from './loader.ts'
import { urlOf } from './own-port.ts'
import { ownerOfSocket, ownersOfPort } from './port-owner.ts'

/** Milliseconds for an answer: a reload may take the 10 s of a load, and 5 s of a worker that is silent. */
const PATIENCE = 30_000

export interface AdminTarget {
  readonly to: { readonly url: URL } | { readonly socket: string }
  /** How it was found, for the sentence that says that nobody answers. */
  readonly found: string
  readonly token: string | undefined
  /** Whose file the token was read from, as a user id. */
  readonly tokenOwner?: number | undefined
}

export interface AdminReply {
  readonly status: number
  readonly body: string
}

export interface FindOptions {
  /** `--admin`: a URL, or the path of a socket. */
  readonly admin: string | undefined
  /** `--config`, or TIDEGATE_CONFIG. */
  readonly files: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where the gateway is: named, else told of under `state`, else where the configuration says, else where it listens by default. */
export async function findGateway(options: FindOptions): Promise<AdminTarget | { readonly message: string }> {
  const { admin, env } = options
  const near = stateNear(options)
  const told = near === undefined ? undefined : await readWhereabouts(near)
  // A file whose gateway has died says nothing; the configuration may name another folder.
  const live = told !== undefined && isAlive(told.pid)
  const loaded = live || (admin !== undefined && env['TIDEGATE_ADMIN_TOKEN'] !== undefined) ? undefined : await loadedBy(options)
  const state = live ? near : (loaded?.state ?? near)
  const given = env['TIDEGATE_ADMIN_TOKEN']
  const kept = given || state === undefined ? undefined : await readToken(state)
  const credential = { token: given || kept?.token, tokenOwner: kept?.owner }
  if (admin !== undefined) return named(admin, options.cwd, credential)
  const elsewhere = live || state === undefined || state === near ? told : await readWhereabouts(state)
  if (elsewhere !== undefined && state !== undefined)
    return { ...placeOf(elsewhere), found: `as ${join(state, 'admin.json')} says`, ...credential }
  const plan = loaded?.plan
  const { socket, address, port } = plan?.admin ?? { socket: undefined, ...DEFAULTS.admin }
  const found = plan === undefined ? 'where a gateway listens by default' : 'as the configuration says'
  return { to: socket === undefined ? { url: new URL(urlOf({ address, port })) } : { socket }, found, ...credential }
}

/** One request. `unreachable`: nobody answers there, or nobody who may be told the token, as a sentence. */
export async function askGateway(
  target: AdminTarget,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<AdminReply | { readonly unreachable: string }> {
  const { to, found, token } = target
  const stranger = token === undefined ? undefined : await strangerAt(target)
  if (stranger !== undefined) {
    const what = 'url' in to ? `what listens at ${to.url.origin}` : `the socket ${to.socket}`
    return { unreachable: `${what} (${found}) belongs to user ${stranger}, who is not told the token; it may be another program's` }
  }
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((settle) => {
    const where = 'url' in to ? { host: to.url.hostname.replace(/^\[|\]$/g, ''), port: to.url.port || 80 } : { socketPath: to.socket }
    const headers = {
      host: 'url' in to ? to.url.host : 'localhost',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(text === '' ? {} : { 'content-type': 'application/json' }),
      'content-length': Buffer.byteLength(text),
    }
    const shown = 'url' in to ? to.url.origin : to.socket
    const unreachable = (why: string): void => settle({ unreachable: `no gateway answers at ${shown} (${found}): ${why}` })
    const request = http.request({ ...where, method, path, headers, agent: false, timeout: PATIENCE }, (response) => {
      let received = ''
      response.setEncoding('utf8').on('data', (part: string) => (received += part))
      response.on('end', () => settle({ status: response.statusCode ?? 0, body: received }))
      response.on('error', () => unreachable('the answer was cut short'))
    })
    request.on('timeout', () => request.destroy(new Error(`it says nothing for ${PATIENCE / 1_000} s`)))
    request.on('error', ({ code, message }: NodeJS.ErrnoException) => unreachable(REASONS.get(code ?? '') ?? message))
    request.end(text)
  })
}

/** The user who would hear the token and is neither root, nor this one, nor the one who keeps it; undefined when there is none. */
async function strangerAt({ to, tokenOwner }: AdminTarget): Promise<number | undefined> {
  const owners = 'url' in to ? await ownersOfPort(Number(to.url.port || 80)) : [await ownerOfSocket(to.socket)]
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  return [...owners].find((owner) => owner !== undefined && owner !== 0 && owner !== user && owner !== tokenOwner)
}

const REASONS = new Map([
  ['ECONNREFUSED', 'nothing listens there; is it running? `tidegate start` runs one, `--admin` names another place'],
  ['ENOENT', 'there is no such socket; is it running? `tidegate start` runs one, `--admin` names another place'],
  ['EACCES', 'this user may not open it'],
  ['HPE_INVALID_CONSTANT', 'what listens there is no gateway'],
])

/** The token goes in clear: no farther than to this machine. */
function named(
  admin: string,
  cwd: string,
  credential: Pick<AdminTarget, 'token' | 'tokenOwner'>,
): AdminTarget | { readonly message: string } {
  const found = 'as --admin says'
  if (!admin.includes('://')) {
    if (admin.includes('/')) return { to: { socket: resolve(cwd, admin) }, found, ...credential }
    return { message: `--admin ${admin}: write a URL, for example http://127.0.0.1:9901, or the path of a socket` }
  }
  if (!URL.canParse(admin) || new URL(admin).protocol !== 'http:')
    return { message: `--admin ${admin}: the admin API is asked over http://, for example http://127.0.0.1:9901` }
  const url = new URL(admin)
  // A name that only begins like an address is another machine's.
  const address = parseAddress(url.hostname.replace(/^\[|\]$/g, ''))
  if (url.hostname === 'localhost' || (address !== undefined && isLoopback(address))) return { to: { url }, found, ...credential }
  return { message: `--admin ${admin}: is another machine, and the token would go there in clear; forward a port of this machine to it` }
}

const placeOf = ({ url, socket = '' }: Whereabouts): Pick<AdminTarget, 'to'> =>
  url === undefined ? { to: { socket } } : { to: { url: new URL(url) } }

/** The folder that a configuration without `state` has, without reading it: what a health check asks for every few seconds. */
function stateNear({ files, cwd, env }: FindOptions): string | undefined {
  if (env['TIDEGATE_STATE']) return resolve(cwd, env['TIDEGATE_STATE'])
  const paths = locate(files, cwd, env)
  const first = 'message' in paths ? undefined : paths[0]
  return first === undefined || first === '-' ? undefined : join(dirname(first), DEFAULTS.state)
}

async function loadedBy({ files, cwd, env }: FindOptions): Promise<Awaited<ReturnType<typeof loadInThread>> | undefined> {
  return files.includes('-') ? undefined : loadInThread({ files, cwd, env, overrides: [], piped: new Map() })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
