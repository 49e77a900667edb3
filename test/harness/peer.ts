// The other end of a connection of the gateway, as a test drives it: a client or a service, over TCP or in memory, seen the same way.
import net from 'node:net'
import { memoryWires } from '../../src/net/memory-wire.ts'
import type { MemoryNetwork, MemoryWire } from '../../src/net/memory-wire.ts'
import type { Wire, WireHandler } from '../../src/net/wire.ts'
import type { Dialer } from '../../src/upstream/dial.ts'

const DEADLINE = 5_000

/** One end that the test holds. Everything received is kept. */
export abstract class Peer {
  /** The gateway's FIN has come. */
  ended = false
  /** Both directions are over: the system's code, '' for a clean end; undefined while it is open. */
  closed: string | undefined = undefined
  /** Called after every event. */
  onChange: () => void = () => {}
  /** Called with each chunk; without it everything is kept in `received`. */
  onChunk: ((chunk: Buffer) => void) | undefined = undefined
  #chunks: Buffer[] = []
  #waiting: (() => void)[] = []

  abstract write(bytes: Buffer | string): void
  /** Sends FIN. */
  abstract end(): void
  abstract destroy(): void
  /** Ends with RST. */
  abstract reset(): void
  abstract pause(): void
  abstract resume(): void

  protected took(chunk: Buffer): void {
    if (this.onChunk === undefined) this.#chunks.push(Buffer.from(chunk))
    else this.onChunk(chunk)
    this.changed()
  }

  protected changed(): void {
    this.onChange()
    const waiting = this.#waiting
    this.#waiting = []
    for (const look of waiting) look()
  }

  /** Everything so far, as latin1: one character a byte. */
  get received(): string {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]?.latin1Slice() ?? ''
  }

  /** Resolves when `done` holds, looked at after each event; rejects with what was received when it never does. */
  until(done: () => boolean, what: string, deadline = DEADLINE): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const state = `ended ${this.ended}, closed ${this.closed ?? 'no'}`
        reject(new Error(`never came: ${what} (${state}); received ${JSON.stringify(this.received.slice(0, 2_000))}`))
      }, deadline)
      const look = (): void => {
        if (!done()) return void this.#waiting.push(look)
        clearTimeout(timer)
        resolve()
      }
      look()
    })
  }

  /** Resolves when the connection is over in both directions. */
  untilClosed(deadline = DEADLINE): Promise<void> {
    return this.until(() => this.closed !== undefined, 'the end of the connection', deadline)
  }
}

/** Over TCP. Half-open: the gateway's FIN does not end our side by itself. */
export class SocketPeer extends Peer {
  readonly socket: net.Socket
  #error = ''

  constructor(socket: net.Socket) {
    super()
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.took(chunk))
    socket.on('end', () => {
      this.ended = true
      this.changed()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message
    })
    socket.on('close', () => {
      this.closed = this.#error
      this.changed()
    })
  }

  write(bytes: Buffer | string): void {
    if (this.socket.writable) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }
  end(): void {
    this.socket.end()
  }
  destroy(): void {
    this.socket.destroy()
  }
  reset(): void {
    this.socket.resetAndDestroy()
  }
  pause(): void {
    this.socket.pause()
  }
  resume(): void {
    this.socket.resume()
  }
}

/** Connects to a port of 127.0.0.1. */
export function connectTcp(port: number): Promise<SocketPeer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(new SocketPeer(socket))
    })
  })
}

/** In memory. */
export class MemoryPeer extends Peer implements WireHandler {
  wire!: MemoryWire

  onData(chunk: Buffer): void {
    this.took(chunk)
  }
  onDrain(): void {
    this.changed()
  }
  onConnect(): void {
    this.changed()
  }
  onEnd(): void {
    this.ended = true
    this.changed()
  }
  onClose(error: string): void {
    this.closed = error
    this.changed()
  }

  write(bytes: Buffer | string): void {
    if (this.closed !== undefined) return
    if (typeof bytes === 'string') this.wire.writeText(bytes)
    else this.wire.writeChunk(bytes)
  }
  end(): void {
    this.wire.end()
  }
  destroy(): void {
    this.wire.destroy()
  }
  reset(): void {
    this.wire.reset()
  }
  pause(): void {
    this.wire.pause()
  }
  resume(): void {
    this.wire.resume()
  }
}

const deaf: WireHandler = { onData() {}, onDrain() {}, onEnd() {}, onClose() {}, onConnect() {} }

/** Joins a new client in memory to whatever takes the other end. */
export function connectMemory(network: MemoryNetwork, serve: (wire: Wire) => void): MemoryPeer {
  const peer = new MemoryPeer()
  const { outgoing, incoming } = memoryWires(network, peer, deaf)
  peer.wire = outgoing
  serve(incoming)
  return peer
}

/** Services in memory: each connection that the gateway opens is handed to `accept` with the port that names its endpoint. */
export class MemoryDialer implements Dialer {
  #network: MemoryNetwork
  #accept: (peer: MemoryPeer, port: number) => void

  constructor(network: MemoryNetwork, accept: (peer: MemoryPeer, port: number) => void) {
    this.#network = network
    this.#accept = accept
  }

  dial(_host: string, port: number, handler: WireHandler): Wire {
    const peer = new MemoryPeer()
    const { outgoing, incoming } = memoryWires(this.#network, handler, peer)
    peer.wire = incoming
    this.#accept(peer, port)
    return outgoing
  }
}
