// A policy's transformer as the exchange drives it: what it throws or rejects with comes back as a value, once, and then it is silent.
import { isPending, PolicyFailure } from './failure.ts'
import type { PolicyAt } from './failure.ts'
import type { BodyStream, StreamStep } from './pipeline.ts'
import type { Transformer } from './policy.ts'

/** Guards `transformer`, which the policy at `at` made. */
export function guardTransformer(transformer: Transformer, at: PolicyAt): BodyStream {
  return new GuardedTransformer(transformer, at)
}

class GuardedTransformer implements BodyStream {
  #transformer: Transformer | undefined
  readonly #at: PolicyAt

  constructor(transformer: Transformer, at: PolicyAt) {
    this.#transformer = transformer
    this.#at = at
  }

  write(chunk: Buffer): StreamStep {
    try {
      return this.#checked(this.#transformer?.write(chunk))
    } catch (cause) {
      return this.#fail(cause)
    }
  }

  flush(): StreamStep {
    try {
      return this.#checked(this.#transformer?.flush?.())
    } catch (cause) {
      return this.#fail(cause)
    }
  }

  end(): StreamStep {
    try {
      return this.#checked(this.#transformer?.end())
    } catch (cause) {
      return this.#fail(cause)
    }
  }

  destroy(): void {
    const transformer = this.#transformer
    this.#transformer = undefined
    try {
      transformer?.destroy?.()
    } catch {
      // The exchange is already ending early; there is nothing left that this failure could change.
    }
  }

  #checked(step: unknown): StreamStep {
    if (isPending(step)) return this.#settle(step)
    return step === undefined || Buffer.isBuffer(step) ? step : this.#fail(new TypeError('a transformer gave something else than bytes'))
  }

  async #settle(pending: PromiseLike<unknown>): Promise<Buffer | undefined | PolicyFailure> {
    try {
      const step = await pending
      return step === undefined || Buffer.isBuffer(step) ? step : this.#fail(new TypeError('a transformer gave something else than bytes'))
    } catch (cause) {
      return this.#fail(cause)
    }
  }

  #fail(cause: unknown): PolicyFailure {
    this.destroy()
    return new PolicyFailure(this.#at, 'responseStream', cause)
  }
}
