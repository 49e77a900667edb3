// What is told of access-log lines that were lost on their way to one place: when the trouble begins, once a minute while lines are lost, when
// it is over, and at the end. A trouble that comes and goes is told by its losses, never by a line for each time.
import { Hush } from './hush.ts'
import type { Say } from './log.ts'

/** One place's: a sink, or the main thread that takes the lines from the workers. */
export class LossReport {
  readonly #where: string
  readonly #say: Say
  readonly #hush = new Hush(() => this.#meanwhile())
  #failing = false
  /** The trouble that lasts has been told of. */
  #told = false
  #reason = ''
  /** Lines lost since the trouble began that was told last, and since the last word. */
  #sum = 0
  #untold = 0
  #ending = false

  /** `where`: as the words call the place. `say` gets one sentence at a time, at most two a minute. */
  constructor(where: string, say: Say) {
    this.#where = where
    this.#say = say
  }

  /** A write has failed. */
  failing(error: Error): void {
    this.#reason = `: ${error.message}`
    this.#begin(`the access log cannot be written to ${this.#where}${this.#reason}`, 'error')
  }

  /** That many lines are gone. */
  lost(lines: number): void {
    if (lines === 0) return
    this.#sum += lines
    this.#untold += lines
    this.#begin(`the access log does not reach ${this.#where} as fast as it is written: lines are lost`, 'warn')
  }

  /** What comes from now on is written again. */
  working(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#reason = ''
    if (!this.#told || this.#ending) return
    this.#say(`the access log reaches ${this.#where} again; ${counted(this.#sum)} lost`, 'info')
    this.#forget()
  }

  /** Waits for `ending`, the end of the place; what is lost in it is told in the one word that is left, if any is. */
  async end(ending: () => Promise<void>): Promise<void> {
    this.#ending = true
    this.#hush.end()
    await ending()
    if (this.#untold > 0)
      this.#say(`${counted(this.#sum)} lost: the access log did not reach ${this.#where} to its end${this.#reason}`, 'error')
    this.#forget()
  }

  #begin(message: string, level: 'error' | 'warn'): void {
    if (this.#failing || this.#ending) return
    this.#failing = true
    if (this.#hush.on) return
    this.#told = true
    this.#say(message, level)
    this.#hush.begin()
  }

  /** A minute after the last word, if lines were lost in it or the trouble that lasts is untold. */
  #meanwhile(): void {
    if (this.#untold === 0 && (!this.#failing || this.#told)) return
    const [state, lost] = [this.#failing ? 'does not reach' : 'did not always reach', `${counted(this.#untold)} lost since the last word`]
    this.#say(`the access log ${state} ${this.#where}; ${lost}${this.#reason}`, this.#reason === '' ? 'warn' : 'error')
    this.#untold = 0
    this.#told = this.#failing
    if (!this.#failing) this.#forget()
    this.#hush.begin()
  }

  #forget(): void {
    this.#told = false
    this.#sum = 0
    this.#untold = 0
  }
}

const counted = (lines: number): string => (lines === 1 ? '1 line was' : `${lines} lines were`)
