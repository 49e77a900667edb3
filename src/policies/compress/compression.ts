// One body on its way through a compressor. What is small and whole is compressed at once, in this thread; what is large, or comes as time
// goes by, goes through a stream of zlib, which works in the pool.
//
//   gathering → streaming | passing → over;   a body that ends while it is gathered is compressed as a whole
import type { Transform } from 'node:stream'
import type { ResponseHead } from '../../http/message.ts'
import type { Transformer } from '../../pipeline/policy.ts'
import type { Bounds } from './bounds.ts'
import { encoded } from './candidates.ts'
import type { Coding } from './codings.ts'

/** Up to here it is cheaper to compress at once (0.05–0.3 ms) than to hand over and wait for a thread. */
const WHOLE_MAX = 16_384
/** What is gathered for one turn in the pool, unless a flush comes first. */
const TURN_MIN = 32_768

type Step = Buffer | undefined | Promise<Buffer | undefined>

export class Compression implements Transformer {
  readonly #head: ResponseHead
  readonly #coding: Coding
  readonly #minSize: number
  readonly #bounds: Bounds
  /** Nobody knows when it ends: each part goes out as it comes. */
  readonly #moving: boolean
  #state: 'gathering' | 'streaming' | 'passing' = 'gathering'
  #held: Buffer[] = []
  #size = 0
  #stream: Transform | undefined = undefined
  #made: Buffer[] = []
  #error: Error | undefined = undefined
  /** Ends the turn at hand. */
  #settle: (() => void) | undefined = undefined

  /** `head` is changed when the first byte comes out, and not at all if the body stays as it is. */
  constructor(head: ResponseHead, coding: Coding, minSize: number, bounds: Bounds) {
    this.#head = head
    this.#coding = coding
    this.#minSize = minSize
    this.#bounds = bounds
    this.#moving = head.bodyLength < 0
  }

  write(chunk: Buffer): Step {
    if (this.#state === 'passing') return chunk
    this.#held.push(Buffer.from(chunk))
    this.#size += chunk.length
    if (this.#state === 'gathering') return this.#size > WHOLE_MAX ? this.#begin() : undefined
    return this.#size >= TURN_MIN ? this.#turn(false) : undefined
  }

  flush(): Step {
    // Who knows the length waits for the whole of it anyway, and a flush costs bytes and a turn.
    if (!this.#moving || this.#size === 0) return undefined
    return this.#state === 'gathering' ? this.#begin() : this.#turn(false)
  }

  end(): Step {
    if (this.#state === 'gathering') return this.#whole()
    return this.#state === 'streaming' ? this.#turn(true) : undefined
  }

  destroy(): void {
    this.#held = []
    this.#stream?.destroy()
  }

  #whole(): Buffer {
    const body = this.#taken()
    if (body.length < this.#minSize || body.length === 0) return body
    const made = this.#coding.whole(body)
    if (made.length >= body.length) return body
    encoded(this.#head, this.#coding.name)
    return made
  }

  #begin(): Step {
    if (!this.#bounds.enter()) {
      this.#state = 'passing'
      return this.#taken()
    }
    this.#state = 'streaming'
    encoded(this.#head, this.#coding.name)
    const stream = this.#coding.stream(this.#moving)
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#made.push(chunk))
    stream.on('error', (error) => (this.#error = error))
    stream.on('end', () => this.#settle?.())
    stream.on('close', () => {
      this.#bounds.leave()
      this.#settle?.()
    })
    return this.#turn(false)
  }

  /** What is held goes through the compressor; what it gives by then comes back. */
  #turn(last: boolean): Promise<Buffer | undefined> {
    const bytes = this.#taken()
    const stream = this.#stream as Transform
    return new Promise((resolve, reject) => {
      this.#bounds.take(() => {
        this.#settle = () => {
          this.#settle = undefined
          this.#bounds.done()
          if (this.#error !== undefined) return reject(this.#error)
          const made = this.#made
          this.#made = []
          resolve(made.length === 0 ? undefined : made.length === 1 ? made[0] : Buffer.concat(made))
        }
        // The client left while it waited.
        if (stream.destroyed) this.#settle()
        else if (last) stream.end(bytes)
        else stream.write(bytes, () => this.#settle?.())
      })
    })
  }

  #taken(): Buffer {
    const held = this.#held
    this.#held = []
    this.#size = 0
    return held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held)
  }
}
