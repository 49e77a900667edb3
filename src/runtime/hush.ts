// The minute after a word in the gateway's own log, in which the same matter is not told again.

/** Milliseconds. */
const MINUTE = 60_000

/** One matter's. It does not keep the process alive. */
export class Hush {
  readonly #over: () => void
  #timer: NodeJS.Timeout | undefined

  /** `over` is called when a minute has passed. */
  constructor(over: () => void) {
    this.#over = over
  }

  /** The last word is less than a minute old. */
  get on(): boolean {
    return this.#timer !== undefined
  }

  /** A word has been said now. */
  begin(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#over()
    }, MINUTE).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
