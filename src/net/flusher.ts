// Runs what was queued during a turn of the event loop in its check phase: after the poll, which may have brought bytes or a FIN on the
// very connection that is about to be written to, and many requests in one go.

/** Something that waits for the check phase. */
export interface Checked {
  onCheck(): void
}

/** One queue a thread. */
export class Flusher {
  #waiting: Checked[] = []
  #running: Checked[] = []
  #scheduled = false
  #run = (): void => {
    this.#scheduled = false
    const now = this.#waiting
    // Two arrays take turns, so that a busy turn allocates nothing.
    this.#waiting = this.#running
    this.#running = now
    for (let i = 0; i < now.length; i++) (now[i] as Checked).onCheck()
    now.length = 0
  }

  /** Queues `one` for the check phase of this turn. */
  add(one: Checked): void {
    this.#waiting.push(one)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }
}
