// A TCP socket as a wire. Reads go into the thread's one buffer (`read-buffer.ts`); a write that the kernel did not take whole keeps
// that buffer. Everything that leans on the inside of net.Socket (the handle of an accepted socket, its unsent bytes) is in this file.
import net from 'node:net'
import { afterRead, isBorrowed, keepReadBuffer, readBuffer, readView, returnReadBuffer } from './read-buffer.ts'
import type { Wire, WireHandler } from './wire.ts'

// One byte above READ_SIZE: a full read written to an empty queue does not yet count as full.
const HIGH_WATER_MARK = 65_537

interface Handle {
  readonly writeQueueSize?: number
}
type Inside = { _handle: Handle | null }

/** A wire over one net.Socket. */
export class SocketWire implements Wire {
  handler: WireHandler
  readonly socket: net.Socket
  #error = ''
  #paused = false
  #ended = false

  constructor(socket: net.Socket, handler: WireHandler) {
    this.socket = socket
    this.handler = handler
    socket.on('drain', () => this.handler.onDrain())
    socket.on('end', () => this.handler.onEnd())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? 'ERROR'
    })
    socket.on('close', () => this.handler.onClose(this.#error))
  }

  /** Called by the socket's `onread`. Returns false when reading is to stop. */
  read(size: number, buffer: Buffer): boolean {
    this.handler.onData(readView(buffer, size))
    afterRead(buffer, size)
    return !this.#paused
  }

  writeText(text: string): boolean {
    return this.socket.write(text, 'latin1')
  }

  writeChunk(chunk: Buffer): boolean {
    const socket = this.socket
    if (!isBorrowed(chunk)) return socket.write(chunk)
    const room = socket.write(chunk)
    // Anything still queued may be this chunk: the queue owns the buffer now, until it has drained.
    if (socket.writableLength > 0) this.#keep()
    return room || socket.writableLength === 0
  }

  writeFramed(before: string, chunk: Buffer, after: string): boolean {
    const socket = this.socket
    const borrowed = isBorrowed(chunk)
    socket.cork()
    if (before !== '') socket.write(before, 'latin1')
    let room = socket.write(chunk)
    if (after !== '') room = socket.write(after, 'latin1')
    socket.uncork()
    if (socket.writableLength === 0) return true
    if (borrowed) this.#keep()
    return room
  }

  /** Leaves the read buffer to the write queue and takes it back when the queue has let go of it. */
  #keep(): void {
    const kept = keepReadBuffer()
    this.socket.write('', () => returnReadBuffer(kept))
  }

  get unsent(): number {
    return this.socket.writableLength + ((this.socket as unknown as Inside)._handle?.writeQueueSize ?? 0)
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.socket.resume()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  reset(): void {
    if (this.socket.connecting || this.socket.destroyed) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  get remoteAddress(): string {
    return this.socket.remoteAddress ?? ''
  }
  get remotePort(): number {
    return this.socket.remotePort ?? 0
  }
  get localPort(): number {
    return this.socket.localPort ?? 0
  }
}

/**
 * Takes over an accepted socket (from a server with `pauseOnConnect` and `allowHalfOpen`). Accepted sockets do not take `onread`, a new
 * socket on the same handle does. The donor gives up its handle and is destroyed, or `server.close()` would wait for it.
 */
export function adoptSocket(donor: net.Socket, handler: WireHandler): SocketWire {
  const inside = donor as unknown as Inside
  const handle = inside._handle
  inside._handle = null
  donor.destroy()
  let wire: SocketWire | undefined
  const options = {
    handle,
    allowHalfOpen: true,
    writableHighWaterMark: HIGH_WATER_MARK,
    onread: { buffer: readBuffer, callback: (size: number, buffer: Uint8Array) => (wire as SocketWire).read(size, buffer as Buffer) },
  }
  wire = new SocketWire(new net.Socket(options as unknown as net.SocketConstructorOpts), handler)
  return wire
}

/** Opens a connection to `host` (an address) and `port`. `handler.onConnect` or `handler.onClose` follows. Starts paused. */
export function connectSocket(host: string, port: number, handler: WireHandler): SocketWire {
  let wire: SocketWire | undefined
  const options = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    allowHalfOpen: true,
    autoSelectFamily: false,
    onread: { buffer: readBuffer, callback: (size: number, buffer: Uint8Array) => (wire as SocketWire).read(size, buffer as Buffer) },
    // Known to the stream below, not to the types of net.
    writableHighWaterMark: HIGH_WATER_MARK,
  }
  const socket = net.connect(options)
  wire = new SocketWire(socket, handler)
  socket.on('connect', () => wire.handler.onConnect())
  return wire
}
