// A TCP socket as a wire. Reads go into the thread's one buffer (`read-buffer.ts`); what the kernel does not take of a chunk of it is copied
// before it is queued. Everything that leans on the inside of net.Socket is in this file and in `stream-handle.ts`.
import { writeSync, writevSync } from 'node:fs'
import net from 'node:net'
import { afterRead, isBorrowed, readBuffer, readView } from './read-buffer.ts'
import { bytesRead, lastWriteError, mayUseHandles, systemError } from './stream-handle.ts'
import type { StreamHandle, WriteRequest } from './stream-handle.ts'
import type { Wire, WireHandler } from './wire.ts'

// One byte above READ_SIZE: a full read written to an empty queue does not yet count as full.
const HIGH_WATER_MARK = 65_537

type Inside = { readonly _handle: StreamHandle | null }

const CRLF = Buffer.from('\r\n')

// Listeners are shared by all sockets and find their wire here: four closures less for each of ten thousand idle connections.
const wireOf = Symbol('wire')
interface Wired {
  [wireOf]?: SocketWire
}

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
  this[wireOf]?.useHandle()
  this[wireOf]?.handler.onConnect()
}
// Node calls it on the socket. Returns false when reading is to stop.
function onRead(this: Wired, size: number): boolean {
  return this[wireOf]?.read(size) ?? false
}
const onread = { buffer: readBuffer, callback: onRead }

// The stream's own, for ends and errors.
let onStreamRead: StreamHandle['onread'] | undefined
function onHandleRead(this: StreamHandle & Wired, buffer: unknown): unknown {
  const size = bytesRead()
  if (size <= 0) return onStreamRead?.call(this, buffer)
  // Whoever pauses stops the handle by that.
  this[wireOf]?.read(size)
  return undefined
}
function onWritten(this: WriteRequest & Wired, status: number): void {
  this[wireOf]?.written(status)
}

/** A wire over one net.Socket. */
export class SocketWire implements Wire {
  handler: WireHandler
  readonly socket: net.Socket
  /** The system's code of the error that ended it, '' for none. */
  error = ''
  #paused = false
  #ended = false
  // Set while text may be written to it directly.
  #handle: StreamHandle | undefined = undefined
  // The stream has been given something, and may not have passed all of it on: what follows has to go the same way.
  #streaming = false
  // Direct writes that have not left yet, and whether somebody waits for that.
  #queued = 0
  #full = false

  constructor(socket: net.Socket, handler: WireHandler) {
    this.socket = socket
    this.handler = handler
    ;(socket as unknown as Wired)[wireOf] = this
    socket.on('drain', onDrain).on('end', onEnd).on('error', onError).on('close', onClose)
  }

  /** The socket is connected: reads and texts may go past the stream. */
  useHandle(): void {
    const handle: (StreamHandle & Wired) | null = (this.socket as unknown as Inside)._handle
    if (handle === null || !mayUseHandles()) return
    onStreamRead ??= handle.onread
    handle[wireOf] = this
    handle.onread = onHandleRead
    this.#handle = handle
  }

  /** Takes what was read; called by the socket. */
  read(size: number): boolean {
    this.handler.onData(readView(size))
    afterRead(size)
    return !this.#paused
  }

  writeText(text: string): boolean {
    const handle = this.#handle
    if (handle === undefined || (this.#streaming && this.#streams())) return this.#stream(text)
    const result = handle.writeLatin1String(null, text)
    return result === 0 || this.#rest(handle, result)
  }

  #stream(text: string): boolean {
    this.#streaming = true
    return this.socket.write(text, 'latin1')
  }

  #streams(): boolean {
    return (this.#streaming = this.socket.writableLength > 0)
  }

  // A direct write that has failed, or of which the kernel has not taken all.
  #rest(handle: StreamHandle, result: number | WriteRequest): boolean {
    const error = typeof result === 'number' ? result : lastWriteError()
    if (error !== 0 || typeof result === 'number') {
      this.socket.destroy(systemError(error))
      return true
    }
    this.#queued++
    ;(result as WriteRequest & Wired)[wireOf] = this
    result.oncomplete = onWritten
    if (result.writeStatus !== null && result.writeStatus !== undefined) this.written(result.writeStatus)
    if ((handle.writeQueueSize ?? 0) < HIGH_WATER_MARK) return true
    this.#full = true
    return false
  }

  /** What was left of a direct write is over; called by its request. */
  written(status: number): void {
    this.#queued--
    if (this.socket.destroyed) return
    if (status < 0) return void this.socket.destroy(systemError(status))
    if (this.#queued > 0 || !this.#full) return
    this.#full = false
    this.handler.onDrain()
  }

  writeChunk(chunk: Buffer): boolean {
    return isBorrowed(chunk) ? this.#writeBorrowed([chunk]) : this.#queue([chunk])
  }

  writeFramed(before: string, chunk: Buffer, after: string): boolean {
    const pieces: Buffer[] = before === '' ? [] : [Buffer.from(before, 'latin1')]
    pieces.push(chunk)
    if (after !== '') pieces.push(after === '\r\n' ? CRLF : Buffer.from(after, 'latin1'))
    return isBorrowed(chunk) ? this.#writeBorrowed(pieces) : this.#queue(pieces)
  }

  // A borrowed chunk lies where every other socket of the thread reads to: it goes to the kernel now, or is copied. A stream that cannot
  // write all of it would keep the chunk itself, and write what somebody else has sent meanwhile.
  #writeBorrowed(pieces: Buffer[]): boolean {
    const taken = this.#send(pieces)
    const rest: Buffer[] = []
    let passed = 0
    for (const piece of pieces) {
      const left = passed + piece.length - taken
      if (left > 0) rest.push(Buffer.from(left < piece.length ? piece.subarray(piece.length - left) : piece))
      passed += piece.length
    }
    if (rest.length === 0) return true
    // Full, however little it is: whatever came next would have to be copied whole.
    this.#queue(rest, (error) => {
      if (error == null && !this.socket.destroyed) this.handler.onDrain()
    })
    return false
  }

  #queue(pieces: readonly Buffer[], then?: (error: Error | null | undefined) => void): boolean {
    const { socket } = this
    let room = true
    this.#streaming = true
    if (pieces.length > 1) socket.cork()
    for (let i = 0; i < pieces.length; i++) room = socket.write(pieces[i] as Buffer, i === pieces.length - 1 ? then : undefined)
    if (pieces.length > 1) socket.uncork()
    return room || socket.writableLength === 0
  }

  /** How many bytes the kernel takes at once, in their order. An error counts as none: queuing meets it again, and the stream tells it. */
  #send(pieces: readonly Buffer[]): number {
    const { socket } = this
    const fd = (socket as unknown as Inside)._handle?.fd ?? -1
    if (fd < 0 || this.#ended || socket.connecting || this.unsent > 0) return 0
    try {
      return pieces.length === 1 ? writeSync(fd, pieces[0] as Buffer) : writevSync(fd, pieces)
    } catch {
      return 0
    }
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
    this.#handle = undefined
    this.socket.end()
  }

  destroy(): void {
    this.#handle = undefined
    this.socket.destroy()
  }

  // Behind a FIN there can be no RST: libuv refuses it, and the handle would stay open for good.
  reset(): void {
    this.#handle = undefined
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
  const inside = donor as unknown as { _handle: StreamHandle | null }
  const handle = inside._handle
  inside._handle = null
  donor.destroy()
  const options = { handle, allowHalfOpen: true, writableHighWaterMark: HIGH_WATER_MARK, onread }
  const wire = new SocketWire(new net.Socket(options as unknown as net.SocketConstructorOpts), handler)
  wire.useHandle()
  return wire
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
