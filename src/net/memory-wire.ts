// Two wires joined in memory, for tests on bytes: what one end writes the other reads, cut exactly where it was written, with the
// half-closes, resets and backpressure of TCP. Nothing is delivered inside a call, as on a network.
import { afterRead, READ_SIZE, readBuffer, readView } from './read-buffer.ts'
import type { Wire, WireHandler } from './wire.ts'

/** Bytes that the peer's kernel and ours take before a wire counts as full; loopback TCP takes about as much. */
const CAPACITY = 262_144
/** As `socket.ts`: a write that leaves more than this unsent says so. */
const HIGH_WATER_MARK = 65_537

const END = Symbol('FIN')

/** What is on its way between memory wires. Delivers by itself in a microtask, or only when told (`automatic: false`). */
export class MemoryNetwork {
  /** Events delivered so far. */
  delivered = 0
  #automatic: boolean
  #due: MemoryWire[] = []
  #scheduled = false
  #running = false

  constructor(options: { readonly automatic: boolean } = { automatic: true }) {
    this.#automatic = options.automatic
  }

  /** Nothing is on its way. What waits for a paused reader does not count. */
  get quiet(): boolean {
    return this.#due.length === 0
  }

  /** Puts `wire` in the queue of those that have something to be told. */
  add(wire: MemoryWire): void {
    this.#due.push(wire)
    if (!this.#automatic || this.#scheduled || this.#running) return
    this.#scheduled = true
    queueMicrotask(() => this.run())
  }

  /** Delivers, one event a wire in turn, until everything is quiet. */
  run(): void {
    this.#scheduled = false
    if (this.#running) return
    this.#running = true
    for (let i = 0; i < this.#due.length; i++) (this.#due[i] as MemoryWire).deliver()
    this.delivered += this.#due.length
    this.#due.length = 0
    this.#running = false
  }
}

/** One end. Each write of the other end comes as one `onData`, cut only above READ_SIZE. */
export class MemoryWire implements Wire {
  handler: WireHandler
  remoteAddress = '192.0.2.1'
  remotePort = 49_152
  localPort = 80
  /** The system's code with which it ended, '' for a clean end; undefined while it is open. */
  error: string | undefined = undefined
  #network: MemoryNetwork
  #peer: MemoryWire | undefined = undefined
  #inbox: (Buffer | typeof END)[] = []
  #inboxBytes = 0
  #queued = false
  #paused = false
  #ended = false
  #peerEnded = false
  #dead = false
  #told = false
  #full = false
  #drained = false
  #connected = false

  constructor(network: MemoryNetwork, handler: WireHandler) {
    this.#network = network
    this.handler = handler
  }

  /** Makes the two each other's peers. `outgoing` is told `onConnect` first of all. */
  static join(outgoing: MemoryWire, incoming: MemoryWire): void {
    outgoing.#peer = incoming
    incoming.#peer = outgoing
    outgoing.#connected = true
    outgoing.#queue()
  }

  writeText(text: string): boolean {
    return this.#write(Buffer.from(text, 'latin1'))
  }

  writeChunk(chunk: Buffer): boolean {
    return this.#write(Buffer.from(chunk))
  }

  writeFramed(before: string, chunk: Buffer, after: string): boolean {
    return this.#write(Buffer.concat([Buffer.from(before, 'latin1'), chunk, Buffer.from(after, 'latin1')]))
  }

  #write(bytes: Buffer): boolean {
    if (this.#dead || bytes.length === 0) return !this.#full
    // net.Socket ends a socket for this; no code of ours may rely on that.
    if (this.#ended) throw new Error('a wire was written to after its end')
    const peer = this.#peer as MemoryWire
    if (peer.#dead) {
      this.#fail('EPIPE')
      return false
    }
    for (let at = 0; at < bytes.length; at += READ_SIZE) peer.#inbox.push(bytes.subarray(at, at + READ_SIZE))
    peer.#inboxBytes += bytes.length
    peer.#queue()
    this.#full = this.unsent >= HIGH_WATER_MARK
    return !this.#full
  }

  get unsent(): number {
    return this.#dead ? 0 : Math.max(0, (this.#peer as MemoryWire).#inboxBytes - CAPACITY)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#queue()
  }

  end(): void {
    if (this.#ended || this.#dead) return
    this.#ended = true
    const peer = this.#peer as MemoryWire
    peer.#inbox.push(END)
    peer.#queue()
    if (this.#peerEnded) this.#fail('')
  }

  destroy(): void {
    if (this.#dead) return
    const peer = this.#peer as MemoryWire
    // A kernel answers a close over unread bytes with a reset.
    if (this.#inboxBytes > 0) peer.#fail('ECONNRESET')
    else if (!this.#ended && !peer.#dead) {
      peer.#inbox.push(END)
      peer.#queue()
    }
    this.#fail('')
  }

  reset(): void {
    if (this.#dead) return
    // A socket that has sent its FIN cannot be reset any more (libuv refuses).
    if (this.#ended) return this.destroy()
    ;(this.#peer as MemoryWire).#fail('ECONNRESET')
    this.#fail('')
  }

  #fail(error: string): void {
    if (this.#dead) return
    this.#dead = true
    this.error = error
    this.#inbox = []
    this.#inboxBytes = 0
    this.#queue()
  }

  #queue(): void {
    if (this.#queued || this.#told) return
    this.#queued = true
    this.#network.add(this)
  }

  /** Tells the handler one thing. Called by the network. */
  deliver(): void {
    this.#queued = false
    if (this.#dead) {
      this.#told = true
      return this.handler.onClose(this.error ?? '')
    }
    if (this.#connected) {
      this.#connected = false
      this.#queue()
      return this.handler.onConnect()
    }
    if (this.#drained) {
      this.#drained = false
      this.#queue()
      return this.handler.onDrain()
    }
    if (this.#paused) return
    const next = this.#inbox.shift()
    if (next === undefined) return
    this.#queue()
    if (next === END) {
      this.#peerEnded = true
      this.handler.onEnd()
      if (this.#ended) this.#fail('')
      return
    }
    this.#inboxBytes -= next.length
    ;(this.#peer as MemoryWire).#relieve()
    next.copy(readBuffer)
    this.handler.onData(readView(next.length))
    afterRead(next.length)
  }

  #relieve(): void {
    if (!this.#full || this.#dead || this.unsent > 0) return
    this.#full = false
    this.#drained = true
    this.#queue()
  }
}

/** Two joined wires: `outgoing` connects, `incoming` was accepted. */
export function memoryWires(
  network: MemoryNetwork,
  outgoing: WireHandler,
  incoming: WireHandler,
): { outgoing: MemoryWire; incoming: MemoryWire } {
  const wires = { outgoing: new MemoryWire(network, outgoing), incoming: new MemoryWire(network, incoming) }
  MemoryWire.join(wires.outgoing, wires.incoming)
  return wires
}
