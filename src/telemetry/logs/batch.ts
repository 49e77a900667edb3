// The worker's side of the access log: lines gather into batches of bytes that main writes. Bounded: while main does not take them, lines
// are dropped and counted, never kept.
import type { CallView } from '../../observe/call-view.ts'
import type { Outcome } from '../../observe/outcome.ts'
import type { ByteEncoder } from './encoder.ts'

/** Room beyond a full batch for the line that fills it. */
const SLACK = 16_384

export interface LogBatchOptions {
  /** Hands a batch to main. The bytes are whole lines in UTF-8 in a buffer of their own, so that it may be transferred. */
  readonly post: (batch: Uint8Array<ArrayBuffer>) => void
  /** Called with the number of lines that were dropped. */
  readonly onDrop?: (lines: number) => void
  /** Bytes at which a batch leaves at once; default 256 KiB: each batch wakes main, its writer and this thread again. */
  readonly size?: number
  /** Milliseconds that a line waits at most, when `tick` is called often enough; default 50. */
  readonly delay?: number
  /** Bytes posted and not acknowledged beyond which lines are dropped; default 4 MiB. */
  readonly limit?: number
}

/** Gathers lines. Has no timer: the thread's wheel calls `tick`. */
export class LogBatch {
  readonly #post: (batch: Uint8Array<ArrayBuffer>) => void
  readonly #onDrop: (lines: number) => void
  readonly #size: number
  readonly #delay: number
  readonly #limit: number
  // Lines become bytes as they come. Kept as text until the batch is full they would be a rope of thousands of pieces, which outlives
  // young generations and costs more to collect than to write.
  readonly #bytes: Buffer
  #used = 0
  #posted = 0
  #leftAt = Number.NEGATIVE_INFINITY

  constructor({ post, onDrop = () => undefined, size = 262_144, delay = 50, limit = 4 * 1024 * 1024 }: LogBatchOptions) {
    this.#post = post
    this.#onDrop = onDrop
    this.#size = size
    this.#delay = delay
    this.#limit = limit
    this.#bytes = Buffer.allocUnsafeSlow(size + SLACK)
  }

  /** Bytes that main has not acknowledged. */
  get unacknowledged(): number {
    return this.#posted
  }

  /** Adds the line that `encoder` writes of an exchange. False: it could not, and nothing was added. */
  encode(encoder: ByteEncoder, call: CallView, outcome: Outcome, wallTime: number): boolean {
    if (this.#posted + this.#used >= this.#limit) {
      this.#onDrop(1)
      return true
    }
    const end = encoder(this.#bytes, this.#used, call, outcome, wallTime)
    if (end < 0) return false
    this.#used = end
    if (end >= this.#size) this.flush()
    return true
  }

  /** Adds one line, its newline included. It may lean on a request's head: it is copied into bytes at once. */
  add(line: string): void {
    // No character takes more than three bytes of UTF-8.
    const most = line.length * 3
    if (this.#posted + this.#used + line.length > this.#limit) {
      this.#onDrop(1)
      return
    }
    if (most > this.#bytes.length - this.#used) this.flush()
    if (most > this.#bytes.length) return this.#leave(Buffer.from(line))
    this.#used += this.#bytes.write(line, this.#used, 'utf8')
    if (this.#used >= this.#size) this.flush()
  }

  /** Lets a batch leave that has waited `delay`. `now` is monotonic milliseconds. */
  tick(now: number): void {
    if (now - this.#leftAt < this.#delay) return
    this.#leftAt = now
    this.flush()
  }

  /** Lets the batch leave now: at the end of the thread, for one. */
  flush(): void {
    if (this.#used === 0) return
    const batch = this.#bytes.subarray(0, this.#used)
    this.#used = 0
    this.#leave(batch)
  }

  // A copy of exactly its size: it moves to another thread, and the buffer stays.
  #leave(lines: Buffer): void {
    const batch = new Uint8Array(lines)
    this.#posted += batch.byteLength
    this.#post(batch)
  }

  /** Main has taken `bytes` of what was posted. */
  acknowledge(bytes: number): void {
    this.#posted = Math.max(0, this.#posted - bytes)
  }
}
