// What is told of accepting that pauses because a limit is reached: one line for the whole process when it begins, once a minute at most, and
// one when accepting goes on. Workers report here by way of `worker-telemetry.ts`; `descriptors.ts` is what pauses.
import { Hush } from './hush.ts'
import type { Say } from './log.ts'

/** Why accepting pauses: `limits.connections`, or the descriptors of the process; and how many connections that allows. */
export interface Pause {
  readonly limit: 'connections' | 'descriptors'
  readonly number: number
}

/** Who hears of a thread that pauses and resumes, as often as it does. */
export interface AcceptingObserver {
  acceptingPaused(pause: Pause): void
  acceptingResumed(): void
}

/** A worker's side: lets through what holds at most once a second, because at a limit each connection that closes is a change. */
export class AcceptingSampler implements AcceptingObserver {
  readonly #post: (pause: Pause | undefined) => void
  #now: Pause | undefined
  #posted: Pause | undefined
  #timer: NodeJS.Timeout | undefined

  /** `post`: undefined when accepting goes on. */
  constructor(post: (pause: Pause | undefined) => void) {
    this.#post = post
  }

  acceptingPaused(pause: Pause): void {
    this.#now = pause
    this.#look()
  }

  acceptingResumed(): void {
    this.#now = undefined
    this.#look()
  }

  #look(): void {
    if (this.#timer !== undefined || (this.#now === undefined) === (this.#posted === undefined)) return
    this.#posted = this.#now
    this.#post(this.#now)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, SECOND).unref()
  }
}

/** Main's side: what all workers report, in words. */
export class AcceptingReport {
  readonly #say: Say
  readonly #paused = new Map<number, Pause>()
  readonly #hush = new Hush(() => this.#look())
  #told = false

  constructor(say: Say) {
    this.#say = say
  }

  /** What holds for that worker now; undefined: it accepts. */
  hear(worker: number, pause: Pause | undefined): void {
    if (pause === undefined) this.#paused.delete(worker)
    else this.#paused.set(worker, pause)
    this.#look()
  }

  /** The worker has ended, and with it its pause: that is no news of accepting where no other goes on. */
  release(worker: number): void {
    if (this.#paused.delete(worker) && this.#paused.size === 0) this.#told = false
  }

  end(): void {
    this.#hush.end()
  }

  #look(): void {
    const [pause] = this.#paused.values()
    if (pause === undefined) {
      if (this.#told) this.#say('connections are fewer than that again: accepting goes on', 'info')
      this.#told = false
    } else if (!this.#told && !this.#hush.on) {
      this.#told = true
      this.#say(`accepting pauses, and clients wait: ${reasonOf(pause)}`, 'warn')
      this.#hush.begin()
    }
  }
}

const SECOND = 1_000

const reasonOf = ({ limit, number }: Pause): string =>
  limit === 'connections'
    ? `as many connections are open as \`limits.connections\` allows, which is ${number}`
    : `open files of this process are limited (\`ulimit -n\`), which leaves descriptors for ${number} connections, and all are taken`
