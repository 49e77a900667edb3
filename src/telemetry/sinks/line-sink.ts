// What an access log is written to. Implemented by `stdout.ts` and `file.ts`.

/** Takes batches of whole lines, at any time, without waiting and without failing: what cannot be written is dropped and counted. */
export interface LineSink {
  /** Queues a batch. The bytes are the sink's to read until they are written, and nobody's to change. */
  write(batch: Uint8Array): void
  /** Opens the file anew (after a rotation); nothing where there is no file. */
  reopen(): void
  /** Writes what is queued, for a second at most, and closes. */
  end(): Promise<void>
  /** Lines dropped since the start. */
  readonly dropped: number
}
