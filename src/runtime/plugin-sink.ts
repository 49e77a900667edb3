// The access log's way into a sink of a plugin. Its code runs in a thread of its own, so that whatever becomes of it harms neither main nor
// a worker: a batch that it does not take comes again, one that it holds for too long ends the thread, and the queue before it is bounded.
import { Worker } from 'node:worker_threads'
import type { PluginSinkPlan } from '../config/plan.ts'
import { type Destination, type WriteDone, WriteQueue, type WriteQueueOptions } from '../telemetry/sinks/write-queue.ts'
import { threadEntry } from './loader.ts'
import { makeSink } from './plugin-code.ts'
import { SinkBody, type Taken } from './sink-body.ts'

/** Milliseconds that a sink may hold a batch. */
const HOLD_MOST = 30_000
/** Milliseconds that a sink has at its end. */
const END_MOST = 1_000

/** A queue before the sink of `plan`. `hold`: milliseconds that it may hold a batch. */
export function createPluginSink(plan: PluginSinkPlan, options: WriteQueueOptions, hold = HOLD_MOST): WriteQueue {
  // What a program holds as a value cannot cross to a thread.
  return new WriteQueue(plan.module.files.length === 0 ? inline(plan) : new SinkThread(plan, hold), options)
}

function inline(plan: PluginSinkPlan): Destination {
  const body = new SinkBody(() => makeSink(plan))
  return {
    write: (bytes, done) => void body.write(bytes).then((taken) => answer(taken, bytes, done)),
    reopen: undefined,
    close: (done) => void ended(body, done),
  }
}

async function ended(body: SinkBody, done: () => void): Promise<void> {
  await body.end()
  done()
}

/** One thread at a time; a new one after it has ended by itself, or was ended. */
class SinkThread implements Destination {
  readonly reopen = undefined
  readonly #plan: PluginSinkPlan
  readonly #hold: number
  #thread: Worker | undefined
  #waiting: ((taken: Taken) => void) | undefined

  constructor(plan: PluginSinkPlan, hold: number) {
    this.#plan = plan
    this.#hold = hold
    // Before there is a line: its code is then that of this moment.
    this.#thread = this.#start()
  }

  write(bytes: Uint8Array, done: WriteDone): void {
    const thread = (this.#thread ??= this.#start())
    const timer = setTimeout(() => this.#lost(thread, `it has held lines for ${this.#hold / 1_000} s and was ended`), this.#hold)
    this.#waiting = (taken) => {
      clearTimeout(timer)
      this.#waiting = undefined
      answer(taken, bytes, done)
    }
    thread.postMessage(bytes)
  }

  close(done: () => void): void {
    const thread = this.#thread
    this.#thread = undefined
    if (thread === undefined) return done()
    const timer = setTimeout(() => void thread.terminate(), END_MOST)
    thread.once('exit', () => {
      clearTimeout(timer)
      done()
    })
    thread.postMessage('end')
  }

  abandon(): void {
    const thread = this.#thread
    if (thread !== undefined) this.#lost(thread, 'it is given up')
  }

  #start(): Worker {
    const thread = new Worker(threadEntry('sink-thread'), { name: `tidegate-sink-${this.#plan.name}`, workerData: this.#plan })
    thread.on('message', (taken: Taken) => this.#waiting?.(taken))
    thread.on('error', (error) => this.#lost(thread, error instanceof Error ? error.message : String(error)))
    thread.on('exit', (code) => this.#lost(thread, `its thread ended with code ${code}`))
    return thread
  }

  /** The thread is of no more use. What it had comes again, to another one. */
  #lost(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    void thread.terminate()
    this.#waiting?.(reason)
  }
}

/** What a sink did not take passes by itself, as far as we know: the same bytes come again. */
function answer(taken: Taken, bytes: Uint8Array, done: WriteDone): void {
  if (taken === undefined) done(null, bytes.byteLength)
  else done(Object.assign(new Error(taken), { code: 'EAGAIN' }), 0)
}
