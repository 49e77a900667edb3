// The audit log of the admin API: who did what, from where, with which result; and credentials that were refused, hushed to a rate. Lines of
// the gateway's own log. Nothing that a client wrote goes into them.
import type { Caller } from './tokens.ts'

export type Say = (message: string, level: 'info' | 'warn') => void

/** Milliseconds in which refusals after the first are counted instead of told. */
const MINUTE = 60_000

export class Audit {
  readonly #say: Say
  #timer: NodeJS.Timeout | undefined
  #more = 0

  constructor(say: Say) {
    this.#say = say
  }

  acted(caller: Caller, operation: string, from: string, status: number, result: string): void {
    this.#say(`admin: ${caller.name} (${caller.role}) ${operation} from ${from}: ${status}${result === '' ? '' : ` ${result}`}`, 'info')
  }

  /** `why`: `wrong token`, `too many failures`. */
  refused(why: string, operation: string, from: string): void {
    if (this.#timer !== undefined) {
      this.#more++
      return
    }
    this.#say(`admin: ${operation} from ${from} is refused: ${why}`, 'warn')
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#more > 0) this.#say(`admin: ${this.#more} more refused in that minute`, 'warn')
      this.#more = 0
    }, MINUTE).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
