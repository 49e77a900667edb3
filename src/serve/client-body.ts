// The client's body as an exchange sees it: counted against the route's limit, read whole where a policy needs it, and held to a pace.
import type { FaultCode } from '../base/fault.ts'
import type { BodyReceiver, Fields, Source } from '../http/message.ts'
import type { Body } from '../pipeline/call.ts'
import type { BodyReader } from '../pipeline/pipeline.ts'
import type { BodyNeed } from '../pipeline/policy.ts'
import type { Verdict } from '../pipeline/verdict.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import type { RequestHead } from '../http/message.ts'
import type { Plane } from './plane.ts'
import type { ServedRoute } from './snapshot.ts'

/** The exchange whose body it is. */
export interface BodyOwner {
  readonly head: RequestHead
  readonly connection: ServerConnection
  readonly plane: Plane
  fault(code: FaultCode): void
}

/** A body moves at least this much in each `timeouts.body`, or is over. */
const PACE = 1_024

type ReadResult = Awaited<ReturnType<BodyReader['read']>>

export class ClientBody implements Source, BodyReceiver, BodyReader {
  /** What a request without a body is read through. */
  static readonly none: BodyReader = {
    read: () => Promise.resolve({ body: { bytes: Buffer.alloc(0), json: undefined }, verdict: undefined }),
  }
  received = 0
  /** Some of it has been handed to a service. */
  taken = false
  /** It has ended. */
  whole = false
  #exchange: BodyOwner
  #receiver: BodyReceiver | undefined = undefined
  #limit = Infinity
  #pace = Infinity
  #paced = 0
  #paused = false
  #gathering: { chunks: Buffer[]; max: number; done: (result: ReadResult) => void; json: boolean } | undefined = undefined
  #bytes: Buffer | undefined = undefined

  constructor(exchange: BodyOwner) {
    this.#exchange = exchange
  }

  /** The declared length is over the route's limit. Told once policies have run: the answer then has what they add, CORS among it. */
  get tooLong(): boolean {
    return this.#exchange.head.bodyLength > this.#limit
  }

  /** What was too long, in bytes, for the log. */
  get excess(): string {
    const { bodyLength } = this.#exchange.head
    const size = bodyLength > 0 ? `${bodyLength} bytes declared` : `${this.received} bytes read`
    return `${size}, ${this.tooLong || this.received > this.#limit ? `the limit is ${this.#limit}` : 'more than a policy reads'}`
  }

  /** The route is known: its limit and pace hold. */
  begin(route: ServedRoute): void {
    this.#limit = route.bodyLimit
    this.#pace = route.timeouts.body
    const { connection, plane } = this.#exchange
    plane.wheel.arm(connection, plane.wheel.now + this.#pace)
  }

  /** The next deadline, or the fault of a client that does not keep the pace. A pause is not the client's fault. */
  onDue(now: number): number | FaultCode {
    if (this.whole) return Infinity
    if (!this.#paused && this.#receiver !== undefined && this.received - this.#paced < PACE) return 'body_timeout'
    this.#paced = this.received
    return now + this.#pace
  }

  // --- for the handler ---

  take(receiver: BodyReceiver): void {
    this.#receiver = receiver
    const bytes = this.#bytes
    if (bytes === undefined) return this.#exchange.connection.takeBody(this)
    // A policy has read it: it can be handed out as often as an attempt needs it.
    receiver.data(bytes)
    receiver.end(undefined)
  }

  pause(): void {
    this.#paused = true
    if (this.#bytes === undefined) this.#exchange.connection.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#bytes === undefined && this.#receiver !== undefined) this.#exchange.connection.resume()
  }

  cancel(): void {
    this.#receiver = undefined
    if (!this.whole) this.#exchange.connection.cancel()
  }

  // --- from the connection ---

  data(chunk: Buffer): boolean {
    this.received += chunk.length
    if (this.received > this.#limit) {
      this.#fail('body_too_large')
      return true
    }
    const gathering = this.#gathering
    if (gathering !== undefined) {
      if (this.received > gathering.max) this.#fail('body_too_large')
      else gathering.chunks.push(Buffer.from(chunk))
      return true
    }
    this.taken = true
    return this.#receiver?.data(chunk) ?? true
  }

  end(trailers: Fields | undefined): void {
    this.whole = true
    const gathering = this.#gathering
    if (gathering === undefined) return this.#receiver?.end(trailers)
    this.#gathering = undefined
    const bytes = Buffer.concat(gathering.chunks)
    this.#bytes = bytes
    // Its length is known now, whatever the client said.
    this.#exchange.head.bodyLength = bytes.length
    gathering.done({ body: bodyOf(bytes, gathering.json), verdict: undefined })
  }

  flush(): void {
    this.#receiver?.flush()
  }

  fault(code: FaultCode): void {
    if (this.#gathering !== undefined) this.#fail(code)
    else this.#receiver?.fault(code)
  }

  #fail(code: FaultCode): void {
    const gathering = this.#gathering
    this.#gathering = undefined
    const verdict: Verdict = { kind: 'fault', fault: code }
    this.#exchange.connection.cancel()
    if (gathering === undefined) this.#exchange.fault(code)
    else gathering.done({ body: undefined, verdict })
  }

  // --- for policies ---

  read(need: BodyNeed): Promise<ReadResult> {
    const { head, connection } = this.#exchange
    if (head.bodyLength > need.max || this.tooLong)
      return Promise.resolve({ body: undefined, verdict: { kind: 'fault', fault: 'body_too_large' } })
    return new Promise((resolve) => {
      this.#gathering = { chunks: [], max: need.max, done: resolve, json: need.as === 'json' }
      if (head.expectContinue) {
        // Whoever reads the body answers the expectation: here that is the gateway itself.
        head.expectContinue = false
        connection.writer.informational({ status: 100, fields: [], bodyLength: 0 })
        connection.writer.flush()
      }
      this.#receiver = this
      connection.takeBody(this)
    })
  }
}

function bodyOf(bytes: Buffer, json: boolean): Body {
  if (!json) return { bytes, json: undefined }
  try {
    return { bytes, json: JSON.parse(bytes.toString('utf8')) as unknown }
  } catch {
    return { bytes, json: undefined }
  }
}
