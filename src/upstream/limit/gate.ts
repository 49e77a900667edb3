// `concurrency` of one service: at most `max` requests under way and `pending` waiting for their turn, counted over all workers. Each
// worker has one gate a service; whoever is turned away by it waits in a pool (`pool.ts`).
//
//   enter → under way → leave;   under way → waiting (no turn, no connection) → under way
import { COUNT_MOST, PermitCells, UNDER_WAY, WAITING } from './permit-cells.ts'

export interface Concurrency {
  readonly max: number
  readonly pending: number
}

/** A pool with requests that wait for their turn. */
export interface Queue {
  /** There may be room now. */
  serve(): void
}

export class Gate {
  #limits: Concurrency
  readonly #cells: PermitCells
  readonly #queues = new Set<Queue>()
  /** What this worker may have under way until the next turn of the wheel: less than it has, when others wait and it has more than its share. */
  #share = Infinity
  // All workers' words were added up for the request that has just come.
  #counted = false

  constructor(limits: Concurrency, cells = new PermitCells()) {
    this.#limits = limits
    this.#cells = cells
  }

  /** Other limits from now on. */
  limit(limits: Concurrency): void {
    this.#limits = limits
  }

  get underWay(): number {
    return this.#cells.ownUnderWay
  }
  get waiting(): number {
    return this.#cells.ownWaiting
  }

  /** A request comes; it counts as under way until `wait` or `leave`. False: overloaded, it was not counted. */
  enter(): boolean {
    const cells = this.#cells
    if (cells.ownUnderWay >= COUNT_MOST) return false
    cells.add(UNDER_WAY)
    cells.count()
    this.#counted = cells.underWay + cells.waiting <= this.#limits.max + this.#limits.pending
    if (!this.#counted) cells.add(-UNDER_WAY)
    return this.#counted
  }

  /** A request that is under way ends. */
  leave(): void {
    this.#counted = false
    this.#cells.add(-UNDER_WAY)
    if (this.#queues.size > 0) this.#serve()
  }

  /** True for a request that has just come: others are before it, or too many are under way already, itself included. */
  get full(): boolean {
    const counted = this.#counted
    this.#counted = false
    if (this.#queues.size > 0) return true
    const cells = this.#cells
    if (!counted) cells.count()
    return cells.underWay > this.#limits.max || cells.ownUnderWay > this.#share
  }

  /** A request that is under way has to wait. False: too many wait already, it still counts as under way. */
  wait(): boolean {
    const cells = this.#cells
    if (cells.ownWaiting >= COUNT_MOST) return false
    cells.add(WAITING - UNDER_WAY)
    cells.count()
    if (cells.waiting <= this.#limits.pending) return true
    cells.add(UNDER_WAY - WAITING)
    return false
  }

  /** A request that waits is under way from now on. False: it is not its turn. */
  begin(): boolean {
    const cells = this.#cells
    cells.add(UNDER_WAY - WAITING)
    cells.count()
    if (cells.underWay <= this.#limits.max && cells.ownUnderWay <= this.#share) return true
    cells.add(WAITING - UNDER_WAY)
    return false
  }

  /** A request that waits gives up: it counts as under way until `leave`, which follows. */
  giveUp(): void {
    this.#cells.add(UNDER_WAY - WAITING)
  }

  /** `queue` has requests that wait for their turn, or has none any more. */
  queue(queue: Queue, waits: boolean): void {
    if (waits) this.#queues.add(queue)
    else this.#queues.delete(queue)
  }

  /**
   * A turn of the wheel. Nobody tells a worker that another one has made room, so it looks; and while others wait, a worker that has more
   * than its share gives one place up a turn.
   */
  turn(): void {
    const cells = this.#cells
    const own = cells.ownUnderWay
    this.#share = Infinity
    if (own === 0 && this.#queues.size === 0) return
    cells.count()
    if (cells.waiting > cells.ownWaiting && own > this.#limits.max / cells.holders) this.#share = own - 1
    this.#serve()
  }

  #serve(): void {
    // Queues come and go meanwhile: those that there are now, once each.
    for (const queue of Array.from(this.#queues)) queue.serve()
  }
}
