// The admin API and the port for probes in a running process: which ports there are with which version of the configuration, whose tokens
// count, and what lies under `state` for the command line to find them.
import { dirname } from 'node:path'
import { adminListener, openListener } from '../admin/service.ts'
import { adminOperations, probeOperations } from '../admin/operations.ts'
import { Audit } from '../admin/audit.ts'
import { Failures } from '../admin/failures.ts'
import type { Where } from '../admin/gate.ts'
import type { Address } from '../admin/port.ts'
import { hashOf, Tokens } from '../admin/tokens.ts'
import type { Clock } from '../base/clock.ts'
import { liesBelow } from '../config/load/files.ts'
import type { Loaded } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { isRandom, keptToken, placeOfAnother, removeWhereabouts, writeWhereabouts } from './admin-files.ts'
import { type AdminSources, AdminView } from './admin-view.ts'
import type { Log } from './log.ts'
import { makeFolder } from './log-folders.ts'
import { keyOf, OwnPort, urlOf } from './own-port.ts'
import type { PortsBeside } from './ports.ts'

export interface AdminOptions extends AdminSources {
  readonly clock: Clock
  readonly log: Log
  /** Another gateway is to hand its ports over: wait for them. */
  readonly sharePort: boolean
}

type Name = 'admin' | 'probes'
type OwnPorts = ReadonlyMap<Name, OwnPort>

export class Admin implements PortsBeside {
  readonly view: AdminView
  readonly #options: AdminOptions
  readonly #failures = new Failures()
  readonly #audit: Audit
  #ports: OwnPorts = new Map()
  #next: OwnPorts = new Map()
  #tokens = new Tokens([])
  #tokensOf = ''
  /** Where `admin.json` lies, once it does. */
  #state = ''
  #where: Where | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: AdminOptions) {
    const { log, clock } = options
    this.#options = options
    this.view = new AdminView(options, clock)
    this.#audit = new Audit((message, level) => log[level](message))
  }

  /** Remembers which values of a plan no answer may show. */
  loaded({ plan, secrets }: Loaded): void {
    if (plan !== undefined) this.view.keep(plan, secrets)
  }

  async prepare(next: Plan): Promise<string | undefined> {
    // At a start everything counts at once: the ports answer while workers come up.
    if (this.#ports.size === 0) await this.#takeTokens(next)
    const folder = next.admin.socket === undefined ? next.state : dirname(next.admin.socket)
    // What lies under `state` the gateway makes; where it cannot, binding says so.
    if (liesBelow(next.state, folder)) await makeFolder(folder).catch(() => {})
    const wanted = new Map<Name, { address: Address; patient: boolean }>()
    const { socket, address, port, stated } = next.admin
    const patient = this.#options.sharePort
    wanted.set('admin', { address: socket === undefined ? { address, port } : { socket }, patient: patient || !stated })
    if (next.probes !== undefined) wanted.set('probes', { address: { address: next.probes.address, port: next.probes.port }, patient })
    const ports = new Map<Name, OwnPort>()
    this.#next = ports
    for (const [name, { address: at, patient: waits }] of wanted) {
      const kept = this.#ports.get(name)
      if (kept !== undefined && this.#isSame(kept, at, name, next)) {
        ports.set(name, kept)
        continue
      }
      // Its own port in its own way goes with the version before.
      const own = await this.#open(name, at, waits || (kept !== undefined && samePort(kept.address, at)), next)
      if (typeof own === 'string') return own
      ports.set(name, own)
    }
    return undefined
  }

  commit(plan: Plan): void {
    const before = this.#ports
    this.#ports = this.#next.size === 0 ? before : this.#next
    this.#next = new Map()
    for (const [name, port] of before) if (this.#ports.get(name) !== port) void port.close()
    for (const port of this.#ports.values()) port.hurry()
    this.view.use(plan)
    this.#writing = this.#writing.then(async () => {
      await this.#takeTokens(plan)
      await this.#moveTo(plan.state)
    })
  }

  revert(): void {
    for (const [name, port] of this.#next) if (this.#ports.get(name) !== port) void port.close()
    this.#next = new Map()
  }

  /** Ends what listens and takes away what tells where. */
  async end(): Promise<void> {
    this.revert()
    this.#audit.end()
    await this.#writing
    if (this.#state !== '') await removeWhereabouts(this.#state)
    await Promise.all([...this.#ports.values()].map((port) => port.close()))
  }

  /** What `probes` serves is a part of what it is: with or without metrics are two ports. */
  #isSame(kept: OwnPort, at: Address, name: Name, next: Plan): boolean {
    return keyOf(kept.address) === keyOf(at) && (name === 'admin' || this.view.plan?.probes?.metrics === next.probes?.metrics)
  }

  #open(name: Name, address: Address, patient: boolean, plan: Plan): Promise<OwnPort | string> {
    const { log, clock } = this.#options
    const say = (message: string, level: 'info' | 'warn' | 'error'): void => log[level](message)
    const failed = (operation: string, error: unknown): void =>
      log.error(`admin: ${operation} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    if (name === 'probes') {
      const operations = probeOperations(this.view, plan.probes?.metrics === true)
      const opened = (where: Where): void => log.info(`probes on ${urlOf(where)}`)
      return OwnPort.open({ what: 'the port for probes', address, patient, say, opened, listener: () => openListener(operations, failed) })
    }
    const service = {
      operations: adminOperations(this.view),
      tokens: () => this.#tokens,
      failures: this.#failures,
      audit: this.#audit,
      now: () => clock.now(),
      failed,
    }
    return OwnPort.open({
      what: 'the admin API',
      address,
      patient,
      say,
      opened: (where) => this.#listening(where, plan),
      listener: (where) => adminListener(service, where),
    })
  }

  #listening(where: Where, plan: Plan): void {
    this.#options.log.info(`admin API on ${urlOf(where)}`)
    this.#where = where
    this.#writing = this.#writing.then(() => this.#moveTo(this.view.plan?.state ?? plan.state, true))
  }

  async #takeTokens({ admin, state }: Plan): Promise<void> {
    const key = JSON.stringify(admin.tokens.length > 0 ? admin.tokens : state)
    if (key === this.#tokensOf) return
    this.#tokensOf = key
    if (admin.tokens.length > 0) {
      this.#tokens = new Tokens(admin.tokens)
      return
    }
    const { log } = this.#options
    try {
      const token = await keptToken(state, (message) => log.warn(message))
      this.#tokens = new Tokens([{ name: 'admin.token', role: 'issuer', hash: hashOf(token), random: isRandom(token) }])
    } catch (error) {
      this.#tokens = new Tokens([])
      log.warn(`no token for the admin API can be kept: ${reasonOf(error)}; TIDEGATE_ADMIN_TOKEN gives one, TIDEGATE_STATE another folder`)
    }
  }

  /** Tells under `state` where the admin API listens; `anew`: although that folder has been told already. */
  async #moveTo(state: string, anew = false): Promise<void> {
    const where = this.#where
    if (where === undefined || (state === this.#state && !anew)) return
    try {
      if (this.#state !== '' && this.#state !== state) await removeWhereabouts(this.#state)
      // A predecessor that hands its ports over leaves this place too.
      const another = this.#options.sharePort ? undefined : await placeOfAnother(state)
      if (another !== undefined) {
        this.#state = ''
        this.#options.log.warn(
          `${state} tells of another gateway, process ${another.pid}, and stays its own: commands on this machine reach that one, and this one with --admin ${'socket' in where ? where.socket : urlOf(where)}; TIDEGATE_STATE, or state: in the configuration, gives it a folder of its own`,
        )
        return
      }
      this.#state = state
      await writeWhereabouts(
        state,
        'socket' in where ? { socket: where.socket, pid: process.pid } : { url: urlOf(where), pid: process.pid },
      )
    } catch (error) {
      this.#options.log.warn(`${state} does not tell where the admin API listens: ${reasonOf(error)}`)
    }
  }
}

const samePort = (a: Address, b: Address): boolean => !('socket' in a) && !('socket' in b) && a.port === b.port

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
