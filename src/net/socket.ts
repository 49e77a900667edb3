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

// Listeners are shared by all sockets and find their wire here: four closures less for each of ten thousand idle connections.
const wireOf = Symbol('wire')
type Wired = net.Socket & { [wireOf]?: SocketWire }

function onDrain(this: Wired): void {
  this[wireOf]?.handler.onDrain()
}
function onEnd(this: Wired): void {
  this[wireOf]?.handler.onEnd()
}
function onError(this: Wired, error: NodeJS.ErrnoException): void {
  const wire = this[wireOf]
  if (wire !== undefined) wire.error = error.code ?? 'ERROR'
}
function onClose(this: Wired): void {
  const wire = this[wireOf]
  wire?.handler.onClose(wire.error)
}
function onConnect(this: Wired): void {
  this[wireOf]?.handler.onConnect()
}
// Node calls it on the socket. Returns false when reading is to stop.
function onRead(this: Wired, size: number, buffer: Uint8Array): boolean {
  return this[wireOf]?.read(size, buffer as Buffer) ?? false
}
const onread = { buffer: readBuffer, callback: onRead }

/** A wire over one net.Socket. */
export class SocketWire implements Wire {
  handler: WireHandler
  readonly socket: net.Socket
  /** The system's code of the error that ended it, '' for none. */
  error = ''
  #paused = false
  #ended = false

  constructor(socket: net.Socket, handler: WireHandler) {
    this.socket = socket
    this.handler = handler
    ;(socket as Wired)[wireOf] = this
    socket.on('drain', onDrain).on('end', onEnd).on('error', onError).on('close', onClose)
  }

  /** Takes what was read; called by the socket. */
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

  // Behind a FIN there can be no RST: libuv refuses it, and the handle would stay open for good.
  reset(): void {
    if (this.#ended || this.socket.connecting || this.socket.destroyed) this.socket.destroy()
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
  const options = { handle, allowHalfOpen: true, writableHighWaterMark: HIGH_WATER_MARK, onread }
  return new SocketWire(new net.Socket(options as unknown as net.SocketConstructorOpts), handler)
}

/** Opens a connection to `host` (an address) and `port`. `handler.onConnect` or `handler.onClose` follows. */
export function connectSocket(host: string, port: number, handler: WireHandler): SocketWire {
  const options = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    allowHalfOpen: true,
    autoSelectFamily: false,
    onread,
    // Known to the stream below, not to the types of net.
    writableHighWaterMark: HIGH_WATER_MARK,
  }
  const socket = net.connect(options)
  const wire = new SocketWire(socket, handler)
  socket.on('connect', onConnect)
  return wire
}
