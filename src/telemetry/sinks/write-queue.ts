// A bounded queue in front of one descriptor: one asynchronous write in flight, the newest batch dropped and counted when the queue is full,
// and no error that ends it (R43).
//
//        write            done, more queued
//   idle ─────→ writing ─┐←─────────────┐
//     ↑          │  │    └──────────────┘
//     │ done     │  │ error that passes (disk full, pipe full): the same bytes once more, later
//     └──────────┘  └─────→ waiting ─────→ writing
//
// An error that does not pass (the reader is gone) drops the batch and goes on with the next.
import type { LineSink } from './line-sink.ts'

export type WriteDone = (error: NodeJS.ErrnoException | null, written: number) => void

/** What a queue writes to. Each call is answered by its callback once, and the queue makes no other call before that. */
export interface Destination {
  /** Writes some or all of `bytes`. */
  write(bytes: Uint8Array, done: WriteDone): void
  /** Opens the destination anew; what was open stays in use when that fails. Undefined where it cannot be. */
  readonly reopen: ((done: (error: Error | null) => void) => void) | undefined
  close(done: () => void): void
  /** Ends at once, under a write whose answer nobody waits for any more. Left out where that cannot be done. */
  abandon?(): void
}

export interface WriteQueueOptions {
  /** Bytes that may wait; default 16 MiB. */
  readonly limit?: number
  /** Told when writing begins to fail, and again only after it has worked in between. */
  readonly onTrouble?: (error: Error) => void
  /** Told of each loss, in lines. */
  readonly onDrop?: (lines: number) => void
  /** Told once after a trouble or a loss, when a write has succeeded and the queue is at most half full. */
  readonly onRecovered?: () => void
}

interface Batch {
  readonly bytes: Uint8Array
  readonly done: () => void
}
const nothing = (): void => undefined

/** Errors that pass by themselves: space is freed, a reader reads, a quota is raised, a FIFO gets its reader. */
const PASSING: ReadonlySet<string | undefined> = new Set([
  'EAGAIN',
  'EBUSY',
  'EINTR',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'ENXIO',
  'ENOENT',
  'EACCES',
  'EMFILE',
  'ENFILE',
])
/** Milliseconds before the first repetition, doubled up to the last. */
const FIRST_WAIT = 10
const LAST_WAIT = 1_000
/** Milliseconds that `end` gives to what is queued: a stuck pipe must not keep the process. */
const END_WAIT = 1_000
const NEWLINE = 0x0a

/** The queue itself; `file.ts` and `stdout.ts` give it its destination. */
export class WriteQueue implements LineSink {
  readonly #to: Destination
  readonly #limit: number
  readonly #onTrouble: (error: Error) => void
  readonly #onDrop: (lines: number) => void
  readonly #onRecovered: () => void
  readonly #queue: Batch[] = []
  #state: 'idle' | 'writing' | 'waiting' | 'closed' = 'idle'
  /** What is left of the batch being written. */
  #current: Uint8Array | undefined
  #done = nothing
  #bytes = 0
  #wait = FIRST_WAIT
  #timer: NodeJS.Timeout | undefined
  #troubled = false
  /** There was trouble or a loss, and no recovery since. */
  #ailing = false
  /** The last batch was dropped in the middle of a line: the next begins on a line of its own. */
  #torn = false
  #reopen = false
  #ended: (() => void) | undefined
  dropped = 0

  constructor(
    to: Destination,
    { limit = 16 * 1024 * 1024, onTrouble = nothing, onDrop = nothing, onRecovered = nothing }: WriteQueueOptions = {},
  ) {
    this.#to = to
    this.#limit = limit
    this.#onTrouble = onTrouble
    this.#onDrop = onDrop
    this.#onRecovered = onRecovered
  }

  write(bytes: Uint8Array, done: () => void = nothing): void {
    if (bytes.byteLength === 0) return done()
    if (this.#state === 'closed' || this.#ended !== undefined || this.#bytes + bytes.byteLength > this.#limit) {
      this.#drop(bytes)
      return done()
    }
    this.#bytes += bytes.byteLength
    this.#queue.push({ bytes, done })
    if (this.#state === 'idle') this.#next()
  }

  reopen(): void {
    if (this.#to.reopen === undefined || this.#state === 'closed') return
    this.#reopen = true
    if (this.#state === 'waiting') clearTimeout(this.#timer)
    if (this.#state !== 'writing') this.#next()
  }

  async end(): Promise<void> {
    if (this.#state === 'closed' || this.#ended !== undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = resolve
    const deadline = setTimeout(() => this.#close(), END_WAIT)
    if (this.#state === 'waiting') clearTimeout(this.#timer)
    if (this.#state !== 'writing') this.#next()
    await promise
    clearTimeout(deadline)
  }

  #next(): void {
    this.#state = 'writing'
    if (this.#reopen && this.#to.reopen !== undefined) {
      this.#reopen = false
      this.#to.reopen((error) => {
        if (error !== null) this.#report(error)
        if (this.#state === 'writing') this.#next()
      })
      return
    }
    this.#current ??= this.#take()
    if (this.#current === undefined) {
      this.#state = 'idle'
      if (this.#ended !== undefined) this.#close()
      return
    }
    const bytes = this.#current
    this.#to.write(bytes, (error, written) => {
      // Closed meanwhile, by `end`'s deadline: the lines are counted already.
      if (this.#state === 'writing') this.#written(bytes, error, written)
    })
  }

  #written(bytes: Uint8Array, error: NodeJS.ErrnoException | null, written: number): void {
    if (error === null) {
      this.#troubled = false
      this.#wait = FIRST_WAIT
      this.#bytes -= written
      this.#torn = bytes[written - 1] !== NEWLINE
      this.#current = written < bytes.byteLength ? bytes.subarray(written) : undefined
      if (this.#current === undefined) this.#let()
      if (this.#ailing && this.#bytes <= this.#limit / 2) {
        this.#ailing = false
        this.#onRecovered()
      }
      this.#next()
      return
    }
    this.#report(error)
    if (PASSING.has(error.code)) {
      this.#state = 'waiting'
      this.#timer = setTimeout(() => this.#next(), this.#wait).unref()
      this.#wait = Math.min(this.#wait * 2, LAST_WAIT)
      return
    }
    this.#drop(bytes)
    this.#bytes -= bytes.byteLength
    this.#current = undefined
    this.#let()
    this.#next()
  }

  #take(): Uint8Array | undefined {
    const batch = this.#queue.shift()
    if (batch === undefined) return undefined
    this.#done = batch.done
    if (!this.#torn) return batch.bytes
    this.#torn = false
    this.#bytes += 1
    return Buffer.concat([Buffer.of(NEWLINE), batch.bytes])
  }

  /** The batch in hand is nobody's any more. */
  #let(): void {
    const done = this.#done
    this.#done = nothing
    done()
  }

  #drop(batch: Uint8Array): void {
    let lines = 0
    for (const byte of batch) if (byte === NEWLINE) lines++
    this.dropped += lines
    this.#ailing = true
    this.#onDrop(lines)
  }

  #report(error: Error): void {
    if (this.#troubled) return
    this.#troubled = true
    this.#ailing = true
    this.#onTrouble(error)
  }

  /** Ends for good; what is still queued is dropped. */
  #close(): void {
    if (this.#state === 'closed') return
    const stuck = this.#state === 'writing'
    this.#state = 'closed'
    clearTimeout(this.#timer)
    for (const { bytes, done } of this.#queue.splice(0)) {
      this.#drop(bytes)
      done()
    }
    if (this.#current !== undefined) this.#drop(this.#current)
    this.#current = undefined
    // Under a write that hangs the bytes are the system's to read.
    if (!stuck) this.#let()
    const ended = this.#ended ?? (() => undefined)
    // A descriptor with a write in flight cannot be closed under it; the process is about to end anyway.
    if (stuck) {
      this.#to.abandon?.()
      ended()
    } else this.#to.close(ended)
  }
}
