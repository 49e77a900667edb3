// Named timers: one of a name at a time, and an end for all of them.

export class Timers<Name extends string> {
  readonly #due: (name: Name) => void
  readonly #running = new Map<Name, NodeJS.Timeout>()

  /** `due` is called with the name of each timer whose time is over. */
  constructor(due: (name: Name) => void) {
    this.#due = due
  }

  /** Starts a timer of `ms` milliseconds, in place of the one of that name. */
  start(name: Name, ms: number): void {
    this.cancel(name)
    this.#running.set(
      name,
      setTimeout(() => {
        this.#running.delete(name)
        this.#due(name)
      }, ms),
    )
  }

  cancel(name: Name): void {
    clearTimeout(this.#running.get(name))
    this.#running.delete(name)
  }

  end(): void {
    for (const name of this.#running.keys()) this.cancel(name)
  }
}
