// What an access log is written to. Implemented by `stdout.ts` and `file.ts`.

/** Takes batches of whole lines, at any time, without waiting and without failing: what cannot be written is dropped and counted. */
export interface LineSink {
  /** Queues a batch. The bytes are the sink's to read, and nobody's to change, until it calls `done`: written or dropped, once. */
  write(batch: Uint8Array, done?: () => void): void
  /** Opens the file anew (after a rotation); nothing where there is no file. */
  reopen(): void
  /** Writes what is queued, for a second at most, and closes. */
  end(): Promise<void>
  /** Lines dropped since the start. */
  readonly dropped: number
}
