// One attempt to open a connection to an endpoint: its addresses one after the other, within one time limit.

import type { FaultCode } from '../base/fault.ts'

/** What ends the attempt as a whole: the time is up, nothing is left to connect with, or it was given up by ourselves (''). */
const FINAL = new Set(['', 'ETIMEDOUT', 'EMFILE', 'ENFILE'])

export class Opening {
  /** Monotonic ms until which a connection must stand, whichever address takes it. */
  readonly deadline: number
  #addresses: readonly string[]
  #tried = 0
  #error: string | undefined = undefined

  constructor(addresses: readonly string[], deadline: number) {
    this.#addresses = addresses
    this.deadline = deadline
  }

  /** The next address. Call only when `failed` has not ended it. */
  next(): string {
    return this.#addresses[this.#tried++] as string
  }

  /** An address failed. Undefined: there is another one to try; else the error of the first, which the operator meant most. */
  failed(error: string): string | undefined {
    this.#error ??= error
    return FINAL.has(error) || this.#tried >= this.#addresses.length ? this.#error : undefined
  }
}

/** What the system's code of a failed connect means. */
export function connectFault(error: string): FaultCode {
  switch (error) {
    case 'ETIMEDOUT':
      return 'upstream_connect_timeout'
    case 'EADDRNOTAVAIL':
    case 'EMFILE':
    case 'ENFILE':
    case 'EAGAIN':
      return 'ports_exhausted'
    default:
      return 'upstream_refused'
  }
}
