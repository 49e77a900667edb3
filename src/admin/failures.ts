// Wrong credentials, counted by address: beyond twenty a minute an address is not listened to, except with a token that was right before.

const WINDOW = 60_000
const MOST = 20
/** Addresses that are counted at a time; beyond it the one that failed first is forgotten. */
const ADDRESSES = 1_024

export class Failures {
  readonly #times = new Map<string, number[]>()

  /** `now`: monotonic milliseconds. */
  add(address: string, now: number): void {
    const times = this.#recent(address, now)
    times.push(now)
    this.#times.delete(address)
    this.#times.set(address, times)
    if (this.#times.size > ADDRESSES) this.#times.delete(this.#times.keys().next().value as string)
  }

  /** Seconds until the address is listened to again; 0 when it is. */
  wait(address: string, now: number): number {
    const times = this.#recent(address, now)
    return times.length < MOST ? 0 : Math.max(1, Math.ceil(((times[0] as number) + WINDOW - now) / 1_000))
  }

  #recent(address: string, now: number): number[] {
    return (this.#times.get(address) ?? []).filter((time) => now - time < WINDOW).slice(-MOST)
  }
}
