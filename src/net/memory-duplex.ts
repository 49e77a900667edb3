// One end of a connection in memory as a Node stream, so that whatever speaks over a socket (`node:http`, a WebSocket library) speaks over
// it as well.
import { Duplex } from 'node:stream'
import type { MemoryNetwork } from './memory-wire.ts'
import { MemoryWire } from './memory-wire.ts'
import type { WireHandler } from './wire.ts'

/** Half-open, as sockets of the gateway are: the peer's end does not end our side. */
export class MemoryDuplex extends Duplex implements WireHandler {
  readonly wire: MemoryWire
  #written: ((error?: Error) => void) | undefined = undefined
  #ended = false

  constructor(network: MemoryNetwork) {
    super({ allowHalfOpen: true })
    this.wire = new MemoryWire(network, this)
  }

  override _read(): void {
    this.wire.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.wire.error !== undefined) return done(failure(this.wire.error === '' ? 'EPIPE' : this.wire.error))
    if (this.wire.writeChunk(chunk)) done()
    else this.#written = done
  }

  override _final(done: () => void): void {
    this.wire.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null) this.wire.destroy()
    else this.wire.reset()
    done(error)
  }

  onConnect(): void {
    this.emit('connect')
  }

  onData(chunk: Buffer): void {
    // The chunk is borrowed, a stream keeps what it is given.
    if (!this.push(Buffer.from(chunk))) this.wire.pause()
  }

  onDrain(): void {
    const done = this.#written
    this.#written = undefined
    done?.()
  }

  onEnd(): void {
    this.#ended = true
    this.push(null)
  }

  onClose(error: string): void {
    const done = this.#written
    this.#written = undefined
    done?.(failure(error === '' ? 'EPIPE' : error))
    if (error !== '') this.destroy(failure(error))
    // What has come and was not read yet still is.
    else if (!this.#ended) this.onEnd()
  }
}

/** Two joined ends: `outgoing` connects, `incoming` was accepted. */
export function memoryDuplexes(network: MemoryNetwork): { readonly outgoing: MemoryDuplex; readonly incoming: MemoryDuplex } {
  const ends = { outgoing: new MemoryDuplex(network), incoming: new MemoryDuplex(network) }
  MemoryWire.join(ends.outgoing.wire, ends.incoming.wire)
  return ends
}

const failure = (code: string): Error => Object.assign(new Error(`the connection in memory ended: ${code}`), { code })
