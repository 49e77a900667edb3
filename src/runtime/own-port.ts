// One port of the process's own: bound at once, or (where nobody insisted on it, or another gateway is to hand it over) as soon as it is free.
import type { RequestListener } from 'node:http'
import { type Address, type OpenPort, openPort } from '../admin/port.ts'
import type { Where } from '../admin/gate.ts'
import { urlHost } from '../base/ip.ts'
import type { Say } from './log.ts'
import { bindMessage } from './ports.ts'

/** Milliseconds between tries. */
const RETRY = 3_000

export interface OwnPortOptions {
  /** `the admin API`. */
  readonly what: string
  readonly address: Address
  readonly listener: (where: () => Where) => RequestListener
  /** Serving goes on without it, and it is tried again. */
  readonly patient: boolean
  readonly say: Say
  /** Called when it listens, now or later. */
  readonly opened: (where: Where) => void
}

export class OwnPort {
  readonly #options: OwnPortOptions
  #port: OpenPort | undefined
  #timer: NodeJS.Timeout | undefined
  #trying: Promise<void> = Promise.resolve()
  #ended = false

  private constructor(options: OwnPortOptions) {
    this.#options = options
  }

  /** The port, or one sentence on why it cannot be bound. */
  static async open(options: OwnPortOptions): Promise<OwnPort | string> {
    const own = new OwnPort(options)
    const code = await own.#bind()
    if (code === undefined) return own
    const { what, address, patient, say } = options
    const message = `${what}: ${failure(address, code)}`
    if (!patient) return message
    say(`${message}; it is tried again every ${RETRY / 1_000} s, and everything else goes on`, 'warn')
    own.#later(RETRY)
    return own
  }

  get address(): Address {
    return this.#options.address
  }

  /** Does not wait for the next try: what was in the way may be gone. */
  hurry(): void {
    if (this.#timer !== undefined) this.#later(0)
  }

  async close(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#timer)
    await this.#trying
    await this.#port?.close()
  }

  #later(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#trying = this.#again()
    }, ms).unref()
  }

  async #again(): Promise<void> {
    if (this.#ended) return
    const code = await this.#bind()
    if (code === undefined) this.#options.say(`${this.#options.what} listens now`, 'info')
    else this.#later(RETRY)
  }

  async #bind(): Promise<string | undefined> {
    const opened = await openPort(this.#options.address, this.#options.listener)
    if ('code' in opened) return opened.code
    this.#port = opened.port
    if (this.#ended) await this.#port.close()
    else this.#options.opened(opened.port.where)
    return undefined
  }
}

/** The same for a reload as long as it asks for the same. */
export const keyOf = (address: Address): string => ('socket' in address ? address.socket : `${urlHost(address.address)}:${address.port}`)

export const urlOf = (where: Where): string =>
  'socket' in where ? `unix:${where.socket}` : `http://${where.address === '' ? 'localhost' : urlHost(where.address)}:${where.port}`

function failure(address: Address, code: string): string {
  if (!('socket' in address)) return bindMessage({ ...address, code })
  switch (code) {
    case 'EADDRINUSE':
      return `the socket ${address.socket} is another process's; stop it, or choose another path`
    case 'ENOTSOCK':
      return `${address.socket} is a file and no socket; remove it, or choose another path`
    case 'ENOENT':
      return `the folder of the socket ${address.socket} does not exist`
    default:
      return `the socket ${address.socket} could not be bound (${code})`
  }
}
