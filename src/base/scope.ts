// Whoever starts something returns its end: a scope collects ends and runs them in reverse order, once.

/** Something that was started and can be ended. Ending twice is the same as ending once. */
export type End = () => void | Promise<void>

/** Collects ends. `await using scope = new Scope()` ends everything when the block is left. */
export class Scope implements AsyncDisposable {
  #ends: End[] = []
  #ended = false

  /** Registers an end and returns it. On a scope that has ended it runs at once. */
  add(end: End): End {
    if (this.#ended) void end()
    else this.#ends.push(end)
    return end
  }

  /** Ends everything, newest first; a failing end does not keep the others from running. Rejects with the first failure. */
  async end(): Promise<void> {
    this.#ended = true
    let failure: { error: unknown } | undefined
    for (let next = this.#ends.pop(); next !== undefined; next = this.#ends.pop()) {
      try {
        await next()
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}
