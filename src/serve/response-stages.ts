// The body of a response on its way up through policies that change it: streams and whole bodies, one after the other, with backpressure.
import { UNKNOWN_LENGTH } from '../http/message.ts'
import type { Fields, ResponseHead } from '../http/message.ts'
import { isPending, PolicyFailure } from '../pipeline/failure.ts'
import type { BodyStage } from '../pipeline/pipeline.ts'
import type { Outgoing } from './outgoing.ts'

/** What may wait for a slow stage before the service is paused. */
const QUEUE_MAX = 65_536

type Step = Buffer | 'flush' | 'end'

export class ResponseStages {
  #exchange: Outgoing
  #stages: readonly BodyStage[]
  #head: ResponseHead
  #fail: (failure: PolicyFailure) => void
  #gathered: Buffer[][]
  #sizes: number[]
  #queue: Step[] = []
  #queued = 0
  #running = false
  #over = false
  /** The client has not taken what was written; `onDrain` says when it has. */
  #full = false
  #headSent = false
  #out: Buffer[] = []
  #trailers: Fields | undefined = undefined
  #whole: boolean

  constructor(exchange: Outgoing, stages: readonly BodyStage[], head: ResponseHead, fail: (failure: PolicyFailure) => void) {
    this.#exchange = exchange
    this.#stages = stages
    this.#head = head
    this.#fail = fail
    this.#gathered = stages.map(() => [])
    this.#sizes = stages.map(() => 0)
    this.#whole = stages.some((stage) => stage.kind === 'whole')
  }

  data(chunk: Buffer): boolean {
    this.#queued += chunk.length
    this.#queue.push(Buffer.from(chunk))
    this.#run()
    if (this.#queued <= QUEUE_MAX) return true
    this.#exchange.source?.pause()
    return false
  }

  end(trailers: Fields | undefined): void {
    this.#trailers = trailers
    this.#queue.push('end')
    this.#run()
  }

  flush(): void {
    // Streams are asked for what they hold once a turn, so that events keep moving; whole bodies hold on by their nature.
    if (this.#queue.at(-1) !== 'flush') this.#queue.push('flush')
    this.#run()
  }

  onDrain(): void {
    this.#full = false
    if (this.#queued <= QUEUE_MAX) this.#exchange.source?.resume()
  }

  destroy(): void {
    if (this.#over) return
    this.#over = true
    this.#queue = []
    for (const stage of this.#stages) if (stage.kind === 'stream') stage.stream.destroy()
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    void this.#drain()
  }

  async #drain(): Promise<void> {
    for (let step = this.#queue.shift(); step !== undefined && !this.#over; step = this.#queue.shift()) {
      const last = step === 'end'
      let carried: Buffer[] = typeof step === 'string' ? [] : [step]
      for (let i = 0; i < this.#stages.length; i++) {
        const next = await this.#stage(i, carried, step)
        if (this.#over) return
        if (next === undefined) return
        carried = next
      }
      if (typeof step !== 'string') {
        this.#queued -= step.length
        // Not past a client that reads slowly: this step may give nothing that would pause the service again.
        if (!this.#full && this.#queued <= QUEUE_MAX / 2) this.#exchange.source?.resume()
      }
      this.#emit(carried, last)
    }
    this.#running = false
  }

  /** Runs what came out of the stage before through stage `i`; undefined when the response has failed. */
  async #stage(i: number, carried: readonly Buffer[], step: Step): Promise<Buffer[] | undefined> {
    const stage = this.#stages[i] as BodyStage
    const out: Buffer[] = []
    if (stage.kind === 'whole') {
      for (const chunk of carried) {
        this.#sizes[i] = (this.#sizes[i] as number) + chunk.length
        if ((this.#sizes[i] ?? 0) > stage.need.max) {
          this.#exchange.fault('upstream_body_too_large')
          return undefined
        }
        this.#gathered[i]?.push(chunk)
      }
      if (step !== 'end') return out
      const bytes = Buffer.concat(this.#gathered[i] as Buffer[])
      const json = stage.need.as === 'json' ? parseJson(bytes) : undefined
      const result = this.#marked(() => stage.run(this.#exchange, { bytes, json }))
      const body = isPending(result) ? await result : result
      if (body instanceof PolicyFailure) return this.#failed(body)
      return [body.bytes]
    }
    const { stream } = stage
    const steps = [
      ...carried.map((chunk) => () => stream.write(chunk)),
      ...(step === 'flush' ? [() => stream.flush()] : step === 'end' ? [() => stream.end()] : []),
    ]
    for (const run of steps) {
      const result = this.#marked(run)
      const bytes = isPending(result) ? await result : result
      if (bytes instanceof PolicyFailure) return this.#failed(bytes)
      if (bytes !== undefined && bytes.length > 0) out.push(bytes)
    }
    return out
  }

  /** Runs a policy's code as the route's (R39). */
  #marked<T>(run: () => T): T {
    const before = this.#exchange.enter()
    const result = run()
    this.#exchange.plane.mark(before)
    return result
  }

  #failed(failure: PolicyFailure): undefined {
    this.#fail(failure)
    return undefined
  }

  #emit(chunks: readonly Buffer[], last: boolean): void {
    if (this.#whole && !last) {
      this.#out.push(...chunks)
      return
    }
    const all = this.#out.length > 0 ? [...this.#out, ...chunks] : chunks
    this.#out = []
    if (!this.#headSent && (all.length > 0 || last)) {
      this.#headSent = true
      // Once everything is there its length can be told; a stream's never can.
      this.#head.bodyLength = last ? all.reduce((sum, chunk) => sum + chunk.length, 0) : UNKNOWN_LENGTH
      if (last && this.#head.bodyLength === 0) return this.#exchange.send(this.#head, true)
      this.#exchange.send(this.#head, false)
    }
    for (const chunk of all) if (!this.#exchange.write(chunk)) this.#full = true
    if (last) this.#exchange.sendEnd(this.#trailers)
    else if (all.length > 0) this.#exchange.connection.writer.flush()
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
