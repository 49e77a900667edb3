// The file sink: appends to a path, opens it at the first line and anew on SIGUSR2, and outlives a full disk or a missing folder.
import { close, constants, open, write } from 'node:fs'
import type { LineSink } from './line-sink.ts'
import { type Destination, WriteQueue, type WriteQueueOptions } from './write-queue.ts'

// O_NONBLOCK matters for a FIFO alone: opening or writing one without a reader would hold a thread of the pool, and the exit, for ever.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)
/** Readable by the group, as log shippers expect; a query may hold what is not everybody's. */
const MODE = 0o640

/** A sink that appends to `path`. */
export function createFileSink(path: string, options: WriteQueueOptions = {}): LineSink {
  let descriptor: number | undefined
  const reopen = (done: (error: Error | null) => void): void =>
    open(path, FLAGS, MODE, (error, opened) => {
      if (error !== null) return done(error)
      const previous = descriptor
      descriptor = opened
      if (previous === undefined) done(null)
      else close(previous, () => done(null))
    })
  const destination: Destination = {
    write(bytes, done) {
      if (descriptor !== undefined) write(descriptor, bytes, 0, bytes.byteLength, null, done)
      else reopen((error) => (error === null ? destination.write(bytes, done) : done(error, 0)))
    },
    reopen,
    close(done) {
      if (descriptor === undefined) done()
      else close(descriptor, () => done())
    },
  }
  return new WriteQueue(destination, options)
}
