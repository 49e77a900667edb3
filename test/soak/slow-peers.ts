// Both ends of a large body: a sender that always has more to offer, and a receiver that takes it at its own pace, so that whatever stands
// between the two must hold bytes back or pile them up.
import net from 'node:net'

/** Milliseconds between two looks at what receivers may take. */
const TICK = 100
const HEAD_END = '\r\n\r\n'
const READ_MAX = 65_536
/** Bodies that are sent at a time are made of letters of their own, so that bytes of one in another are seen. */
const CHUNKS = Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => Buffer.alloc(READ_MAX, letter))

type Inside = { _handle: object | null }

/** One body under way. Counts are body bytes. */
export class Transfer {
  /** Taken off the sender's hands by its kernel, in steps of 64 KiB. */
  get sent(): number {
    return this.#sender === undefined ? 0 : Math.max(0, this.#sender.bytesWritten - this.#sender.writableLength - this.#before)
  }
  taken = 0
  /** What the body is made of. */
  readonly #chunk: Buffer
  /** Undefined while it runs, '' once all of it and its answer have come, else what ended it. */
  ended: string | undefined = undefined
  #sender: net.Socket | undefined = undefined
  #before = 0

  /** `number` tells it from the others that run with it. */
  constructor(number: number) {
    this.#chunk = CHUNKS[number % CHUNKS.length] as Buffer
  }

  /** Bytes have come at the far end. */
  take(bytes: Buffer): void {
    this.taken += bytes.length
    if (!this.#chunk.subarray(0, bytes.length).equals(bytes)) this.end('bytes of another body came')
  }

  /** Writes `size` bytes as fast as they are taken, after what has been written before. */
  offer(socket: net.Socket, size: number): void {
    this.#sender = socket
    this.#before = socket.bytesWritten
    let left = size
    const write = (): void => {
      while (left > 0 && !socket.destroyed) {
        const length = Math.min(left, READ_MAX)
        left -= length
        if (!socket.write(length === READ_MAX ? this.#chunk : this.#chunk.subarray(0, length))) return
      }
    }
    socket.on('drain', write)
    write()
  }

  end(why: string): void {
    this.ended ??= why
  }
}

/** Shares out what receivers may take: each gets `rate` bytes a second. */
export class Pace {
  rate = Infinity
  readonly #receivers = new Set<Receiver>()
  readonly #timer = setInterval(() => {
    for (const receiver of this.#receivers) receiver.allow(this.rate)
  }, TICK)

  add(receiver: Receiver): void {
    receiver.allow(this.rate)
    this.#receivers.add(receiver)
    receiver.socket.on('close', () => this.#receivers.delete(receiver))
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

export interface ReceiverHandler {
  /** The head has come, with its closing empty line. */
  head(text: string): void
  /** Bytes of the body, at most 64 KiB; valid during the call. */
  body(bytes: Buffer): void
}

/** Reads a message off a socket, never more than its pace allows: what it does not take stays in the kernel. */
export class Receiver {
  readonly socket: net.Socket
  readonly #handler: ReceiverHandler
  #head: string | undefined = ''
  #budget = 0

  /** `from`: an accepted socket that nobody has read from, or the port to connect to. `step`: most bytes of one read. */
  constructor(from: net.Socket | number, step: number, handler: ReceiverHandler) {
    this.#handler = handler
    const onread = { buffer: Buffer.alloc(step), callback: (size: number, bytes: Uint8Array) => this.#read(size, bytes as Buffer) }
    if (typeof from === 'number') this.socket = net.connect({ port: from, host: '127.0.0.1', onread })
    else {
      // An accepted socket takes no `onread`, a new one on its handle does.
      const inside = from as unknown as Inside
      const handle = inside._handle
      inside._handle = null
      from.destroy()
      this.socket = new net.Socket({ handle, onread } as unknown as net.SocketConstructorOpts)
    }
  }

  allow(rate: number): void {
    const share = (rate * TICK) / 1_000
    this.#budget = Math.min(this.#budget + share, Math.max(share, 1))
    if (this.#budget > 0) this.socket.resume()
  }

  #read(size: number, bytes: Buffer): boolean {
    this.#budget -= size
    if (this.#head === undefined) this.#handler.body(bytes.subarray(0, size))
    else this.#readHead(bytes.latin1Slice(0, size))
    if (this.#budget > 0) return true
    this.socket.pause()
    return false
  }

  #readHead(text: string): void {
    const head = (this.#head ?? '') + text
    const end = head.indexOf(HEAD_END)
    if (end < 0) {
      this.#head = head
      return
    }
    this.#head = undefined
    this.#handler.head(head.slice(0, end + HEAD_END.length))
    const body = head.slice(end + HEAD_END.length)
    if (body !== '') this.#handler.body(Buffer.from(body, 'latin1'))
  }
}
