// Where the gateway's own words go: standard error, bounded, and never waited for.
import { fstatSync, write } from 'node:fs'
import type { LineSink } from '../telemetry/sinks/line-sink.ts'
import { type Destination, WriteQueue } from '../telemetry/sinks/write-queue.ts'

/** A sink for file descriptor 2. A reader that went away or reads nothing costs lines, never the gateway (R43). */
export function createStderrSink(): LineSink {
  const kind = fstatSync(2)
  // As for standard output (`telemetry/sinks/stdout.ts`): the stream does not block on a pipe, the pool does not block on the rest.
  const pipe = kind.isFIFO() || kind.isSocket()
  if (pipe) process.stderr.on('error', () => {})
  const destination: Destination = {
    write: (bytes, done) => {
      if (pipe) process.stderr.write(bytes, (error) => done(error ?? null, error == null ? bytes.byteLength : 0))
      else write(2, bytes, 0, bytes.byteLength, null, done)
    },
    reopen: undefined,
    close: (done) => done(),
  }
  return new WriteQueue(destination, { limit: 1024 * 1024 })
}
