// Runs what was queued during a turn of the event loop in its check phase: after the poll, which may have brought bytes or a FIN on the
// very connection that is about to be written to, and many requests in one go.

/** Something that waits for the check phase. */
export interface Checked {
  onCheck(): void
}

/** One queue a thread. */
export class Flusher {
  #waiting: (Checked | undefined)[] = []
  #running: (Checked | undefined)[] = []
  #count = 0
  #run = (): void => {
    const now = this.#waiting
    const count = this.#count
    // Two arrays take turns and keep their length, so that a busy turn allocates nothing.
    this.#waiting = this.#running
    this.#running = now
    this.#count = 0
    for (let i = 0; i < count; i++) {
      const one = now[i] as Checked
      now[i] = undefined
      one.onCheck()
    }
  }

  /** Queues `one` for the check phase of this turn. */
  add(one: Checked): void {
    this.#waiting[this.#count] = one
    if (++this.#count === 1) setImmediate(this.#run)
  }
}
