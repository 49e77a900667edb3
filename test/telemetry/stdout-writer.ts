// A process that writes to its standard output by the sink: what `stdout.test.ts` reads, ignores or closes. It tells over IPC how it fares.
import { createStdoutSink } from '../../src/telemetry/sinks/stdout.ts'

const sink = createStdoutSink({ limit: 1024 * 1024 })
const batch = Buffer.from('a line of the access log\n'.repeat(2_000))
const rounds = Number(process.argv[2])
for (let round = 0; round < rounds; round++) {
  sink.write(batch)
  await new Promise((resolve) => setTimeout(resolve, 2))
}
await sink.end()
process.send?.({ dropped: sink.dropped, lines: rounds * 2_000 }, () => process.exit(0))
