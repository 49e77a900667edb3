// One step of a life while it is being taken: a copy that may be written to, and the commands that it gives rise to.
import type { Command, Life, WorkerLife } from './life.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class Draft {
  readonly life: Writable<Life>
  readonly commands: Command[] = []

  constructor(life: Life) {
    this.life = { ...life }
  }

  /** The worker of that id unless it is dead or unknown: what a written-off worker still says is void. */
  live(id: number): WorkerLife | undefined {
    return this.life.workers.find((worker) => worker.id === id && worker.state !== 'dead')
  }

  get workers(): readonly WorkerLife[] {
    return this.life.workers.filter((worker) => worker.state !== 'dead')
  }

  change(id: number, to: Partial<WorkerLife>): void {
    this.life.workers = this.life.workers.map((worker) => (worker.id === id ? { ...worker, ...to } : worker))
  }

  /** Puts a worker behind all others. */
  moveLast(id: number): void {
    this.life.workers = this.life.workers.toSorted((a, b) => Number(a.id === id) - Number(b.id === id))
  }

  do(...commands: readonly Command[]): void {
    this.commands.push(...commands)
  }

  say(level: 'info' | 'warn' | 'error', message: string): void {
    this.do({ type: 'say', level, message })
  }
}

/** Listens, or did a moment ago: it has connections, so it takes part in every change of version. */
export const hasTraffic = (worker: WorkerLife): boolean =>
  worker.state === 'serving' || worker.state === 'handing-over' || isOnItsWay(worker)

/** Has stopped accepting, and ends with its last connection. */
export const isOnItsWay = (worker: WorkerLife): boolean => worker.state === 'leaving' || worker.state === 'draining'

/** One of the `size` that there are to be. A successor takes the seat only when its predecessor leaves it. */
export const hasSeat = (worker: WorkerLife): boolean => worker.state !== 'dead' && !isOnItsWay(worker) && worker.replaces === undefined
