// The worker threads as main holds them: started, spoken to, ended, and asked after their death what they were doing.
import { MessageChannel, Worker } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerStart } from './bus.ts'
import { cell, type Cells } from './cells.ts'
import { ClientMemory } from './client-counts.ts'
import { stackOf } from './watchdog.ts'

/**
 * The young generation of a worker. V8's 48 MiB are filled before anything is collected, in each thread: two workers under load then hold
 * 10 MiB more for no measurable gain (1.39 against 1.40 CPU ticks a thousand requests).
 */
const youngMiB = 12

export interface CrewEvents {
  message(worker: number, message: FromWorker): void
  /** The thread is over. `reason` is for the log. */
  gone(worker: number, reason: string): void
}

interface Member {
  readonly thread: Worker
  readonly slot: number
  /** Route names by index, as the worker told them. */
  routes: readonly string[]
  /** Why its thread ended, when an error said so. */
  error: string | undefined
  /** Sockets sent to it (relayed accept). */
  sent: number
}

export class Crew {
  readonly #entry: URL
  readonly #cells: Cells
  readonly #events: CrewEvents
  readonly #clients = new ClientMemory()
  readonly #members = new Map<number, Member>()

  /** `entry`: the module that a worker thread runs. */
  constructor(entry: URL, cells: Cells, events: CrewEvents) {
    this.#entry = entry
    this.#cells = cells
    this.#events = events
  }

  start(data: Omit<WorkerStart, 'clients'>, heapMiB: number): void {
    const clients = this.#clients.reach(data.slot)
    for (const { thread } of this.#members.values()) thread.postMessage({ type: 'clients', tables: clients } satisfies ToWorker)
    const thread = new Worker(this.#entry, {
      name: `tidegate-${data.slot}`,
      workerData: { ...data, clients } satisfies WorkerStart,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: youngMiB },
    })
    const member: Member = { thread, slot: data.slot, routes: [], error: undefined, sent: 0 }
    this.#members.set(data.id, member)
    thread.on('message', (message: FromWorker) => {
      if (message.type === 'ready' || message.type === 'switched') member.routes = message.routes
      this.#events.message(data.id, message)
    })
    thread.on('error', (error: Error & { code?: string }) => {
      member.error =
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `it reached its heap limit of ${heapMiB} MiB` : (error.stack ?? String(error))
    })
    thread.on('exit', (code) => {
      // Its connections died with it, and nobody else counts them down.
      for (const index of [cell.connections, cell.exchanges, cell.upstreams]) Atomics.store(this.#cells.of(data.slot), index, 0)
      this.#clients.clear(data.slot)
      this.#events.gone(data.id, member.error ?? `its thread ended with code ${code}`)
      this.#members.delete(data.id)
    })
  }

  send(worker: number, message: ToWorker): void {
    this.#members.get(worker)?.thread.postMessage(message)
  }

  /** Connects two workers; listeners then move from the first to the second without passing through main. */
  connect(from: number, to: number): void {
    const { port1, port2 } = new MessageChannel()
    this.#members.get(from)?.thread.postMessage({ type: 'hand-over', port: port1 } satisfies ToWorker, [port1])
    this.#members.get(to)?.thread.postMessage({ type: 'adopt', port: port2 } satisfies ToWorker, [port2])
  }

  /** Ends a thread, whatever it does. `gone` follows. */
  end(worker: number): void {
    void this.#members.get(worker)?.thread.terminate()
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#members.values()].map(({ thread }) => thread.terminate()))
  }

  /** The name of the route whose code the worker runs, or ran when it ended. */
  culprit(worker: number): string | undefined {
    const member = this.#members.get(worker)
    if (member === undefined) return undefined
    const index = Atomics.load(this.#cells.of(member.slot), cell.route)
    return index === 0 ? undefined : member.routes[index - 1]
  }

  /** What the worker runs right now, for the log: its route and its stack, each on a line of its own; '' for one that is gone. */
  async describe(worker: number): Promise<string> {
    const thread = this.#members.get(worker)?.thread
    if (thread === undefined) return ''
    const culprit = this.culprit(worker)
    const stack = await stackOf(thread.threadId)
    return `${culprit === undefined ? '' : ` in route ${culprit}`}\n${stack ?? '    (no stack)'}`
  }

  /** Sockets on their way to workers. */
  get underWay(): number {
    let sum = 0
    for (const { slot, sent } of this.#members.values()) sum += sent - Atomics.load(this.#cells.of(slot), cell.delivered)
    return sum
  }

  /** Hands an accepted socket to the one of `workers` with fewest connections, those on their way to it counted. */
  sendSocket(workers: readonly number[], message: Extract<ToWorker, { type: 'connection' }>): void {
    let best: Member | undefined
    let least = Infinity
    for (const id of workers) {
      const member = this.#members.get(id)
      if (member === undefined) continue
      const cells = this.#cells.of(member.slot)
      const load = Atomics.load(cells, cell.connections) + member.sent - Atomics.load(cells, cell.delivered)
      if (load < least) [best, least] = [member, load]
    }
    if (best === undefined) {
      message.socket.destroy()
      return
    }
    best.sent++
    best.thread.postMessage(message, [message.socket as never])
  }
}
