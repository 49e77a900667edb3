// Main's side of the access log: batches of all workers go to every sink. A batch is acknowledged when main has it in its hands; what a sink
// cannot write after that is the sink's to drop and count, so that one stuck sink does not take the lines from the others.
import type { LineSink } from '../sinks/line-sink.ts'

// The memory of batches lies outside the heap, whose collector sees no hurry: under load tens of megabytes would wait for it.
function free(batch: Uint8Array): void {
  const { buffer } = batch
  // A batch that came from a worker has a buffer of its own.
  if (buffer instanceof ArrayBuffer && batch.byteLength === buffer.byteLength && !buffer.detached) buffer.transfer(0)
}

/** Where batches go; changed as a whole at a reload. */
export class LogRouter {
  #sinks: readonly LineSink[]

  constructor(sinks: readonly LineSink[] = []) {
    this.#sinks = sinks
  }

  /** Writes a worker's batch to every sink and acknowledges it: `acknowledge(bytes)` goes back to `LogBatch.acknowledge`. */
  receive(batch: Uint8Array, acknowledge: (bytes: number) => void): void {
    const { byteLength } = batch
    let writing = this.#sinks.length
    const done = (): void => {
      writing--
      if (writing === 0) free(batch)
    }
    for (const sink of this.#sinks) sink.write(batch, done)
    acknowledge(byteLength)
  }

  /** Puts other sinks in place and ends those that are no longer among them. */
  async replace(sinks: readonly LineSink[]): Promise<void> {
    const old = this.#sinks
    this.#sinks = sinks
    await Promise.all(old.filter((sink) => !sinks.includes(sink)).map((sink) => sink.end()))
  }

  /** SIGUSR2: every file is opened anew, after what stands before it in the queue. */
  reopen(): void {
    for (const sink of this.#sinks) sink.reopen()
  }

  /** Lines that the present sinks have dropped. */
  get dropped(): number {
    return this.#sinks.reduce((sum, sink) => sum + sink.dropped, 0)
  }

  /** Writes what is left and closes. */
  end(): Promise<void> {
    return this.replace([])
  }
}
