// The body of one request on its way from the client to whoever takes it: counted or chunked, fed only while it flows.
import type { FaultCode } from '../base/fault.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import type { BodyReceiver } from '../http/message.ts'
import { ChunkedDecoder } from './body-chunked.ts'

export class RequestBody implements BodyReceiver {
  receiver: BodyReceiver | undefined = undefined
  /** The receiver takes data now. */
  flowing = false
  done = false
  broken: FaultCode | undefined
  /** Bytes of data so far. */
  received = 0
  #remaining: number
  #decoder: ChunkedDecoder | undefined

  constructor(length: number, limits: { readonly head: number; readonly headers: number }) {
    this.#remaining = length
    this.#decoder = length === UNKNOWN_LENGTH ? new ChunkedDecoder(limits.head, limits.headers) : undefined
  }

  /** Takes what of `chunk` from `at` belongs to the body; returns the offset behind it. */
  feed(chunk: Buffer, at: number): number {
    const decoder = this.#decoder
    if (decoder !== undefined) {
      const used = decoder.feed(chunk, at, this)
      this.broken ??= decoder.fault
      this.done = decoder.done
      return used
    }
    const take = Math.min(this.#remaining, chunk.length - at)
    this.#remaining -= take
    this.done = this.#remaining === 0
    this.data(take === chunk.length ? chunk : chunk.subarray(at, at + take))
    return at + take
  }

  /** Tells the receiver that the body is whole. */
  finish(): void {
    this.receiver?.end(this.#decoder?.trailers)
  }

  data(chunk: Buffer): boolean {
    this.received += chunk.length
    return this.receiver?.data(chunk) ?? true
  }
  end(): void {}
  flush(): void {}
  fault(): void {}
}
