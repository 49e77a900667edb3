// The standard-output sink. How one writes there without ever waiting depends on what it is.
import { fstatSync, write } from 'node:fs'
import type { LineSink } from './line-sink.ts'
import { type Destination, WriteQueue, type WriteQueueOptions } from './write-queue.ts'

/** A sink that writes to file descriptor 1. Closing it leaves the descriptor open. */
export function createStdoutSink(options: WriteQueueOptions = {}): LineSink {
  const kind = fstatSync(1)
  return new WriteQueue(kind.isFIFO() || kind.isSocket() ? streamed(process.stdout) : written(1), options)
}

/**
 * Pipes and sockets go through the process's own stream, which never blocks on them. `fs.write` would: a thread of the pool waits for the
 * reader, and `process.exit` then waits for the thread (measured: it never returned).
 */
function streamed(stream: NodeJS.WriteStream): Destination {
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
  return {
    write: (bytes, done) => void stream.write(bytes, (error) => done(error ?? null, error == null ? bytes.byteLength : 0)),
    reopen: undefined,
    close: (done) => done(),
  }
}

/** The callback of each write tells its own error; without a listener the same error would end the process. */
const ignore = (): void => undefined

/** Files and terminals go through the thread pool; the process's own stream would write to them synchronously. */
function written(descriptor: number): Destination {
  return {
    write: (bytes, done) => write(descriptor, bytes, 0, bytes.byteLength, null, done),
    reopen: undefined,
    close: (done) => done(),
  }
}
