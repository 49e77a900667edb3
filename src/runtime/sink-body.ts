// A sink of a plugin at work: lines go in, one batch after the other, and each is answered. In a thread of its own, or in that of a program
// that holds the sink as a value.
import type { SinkHooks } from '../telemetry/sinks/sink.ts'
import { describeThrown } from '../plugins/code.ts'

/** undefined: taken. A text: why not. */
export type Taken = string | undefined

/** Gives lines to a sink that is made at once; made anew at the next lines when that failed. */
export class SinkBody {
  readonly #make: () => Promise<SinkHooks>
  #hooks: Promise<SinkHooks> | undefined

  constructor(make: () => Promise<SinkHooks>) {
    this.#make = make
    void this.write(new Uint8Array())
  }

  /** `batch`: whole lines. Never rejects. */
  async write(batch: Uint8Array): Promise<Taken> {
    try {
      const hooks = await (this.#hooks ??= this.#make())
      const text = new TextDecoder().decode(batch)
      if (text !== '') await hooks.write(text.replace(/\n$/, '').split('\n'))
      return undefined
    } catch (error) {
      if (await isRejected(this.#hooks)) this.#hooks = undefined
      return describeThrown(error)
    }
  }

  /** Never rejects. */
  async end(): Promise<Taken> {
    try {
      const hooks = await this.#hooks
      await hooks?.end?.()
      return undefined
    } catch (error) {
      return describeThrown(error)
    }
  }
}

const isRejected = async (made: Promise<unknown> | undefined): Promise<boolean> => {
  try {
    await made
    return false
  } catch {
    return true
  }
}
