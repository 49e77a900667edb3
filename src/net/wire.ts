// A duplex of bytes as the HTTP engine sees it: a TCP socket (`socket.ts`), or two ends joined in memory for tests (`memory-wire.ts`).

/** What happens on a wire. Every method is called by the wire, never before `open` was. */
export interface WireHandler {
  /** Bytes came; the chunk is borrowed (valid during the call). */
  onData(chunk: Buffer): void
  /** What was queued has left; writing may go on. May also come when nothing waited for it. */
  onDrain(): void
  /** The peer will send no more (FIN). It may still read. */
  onEnd(): void
  /** Both directions are over. Called exactly once, last. `error` is the system's code (`ECONNRESET`), '' for a clean end. */
  onClose(error: string): void
  /** An outgoing wire is connected. */
  onConnect(): void
}

export interface Wire {
  handler: WireHandler
  /** Writes latin1 text: one character a byte. False: full. */
  writeText(text: string): boolean
  /** Writes a chunk that may be borrowed. False: full. */
  writeChunk(chunk: Buffer): boolean
  /** Writes text, a chunk and text again in one system call where that is possible. False: full. */
  writeFramed(before: string, chunk: Buffer, after: string): boolean
  /** Bytes that the kernel has not taken yet. */
  readonly unsent: number
  /** Stops and starts `onData`; both may be called at any time, also repeatedly. */
  pause(): void
  resume(): void
  /** Sends FIN once everything is written. Reading goes on. */
  end(): void
  /** Ends both directions at once, dropping what is queued. */
  destroy(): void
  /** As `destroy`, but the peer sees RST: what it got must not pass for complete. */
  reset(): void
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
}
