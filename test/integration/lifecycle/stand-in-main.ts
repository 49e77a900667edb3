// The gateway's process with the real loader and supervisor around workers that run the stand-in core.
// node stand-in-main.ts CONFIG; environment: WORKERS, ACCEPT (ports | relay), WATCH, HANG (ms), CORE (real: the gateway's own). On SIGWINCH it replaces its oldest worker.
import { systemClock } from '../../../src/base/clock.ts'
import { HiddenValues } from '../../../src/runtime/hidden-values.ts'
import { loadInThread, threadEntry } from '../../../src/runtime/loader.ts'
import { createLog } from '../../../src/runtime/log.ts'
import { runProcess } from '../../../src/runtime/process.ts'
import { createStderrSink } from '../../../src/runtime/stderr.ts'
import { createTelemetryHub } from '../../../src/runtime/telemetry-hub.ts'

const file = process.argv[2] as string
const stderr = createStderrSink()
const log = createLog({ level: 'debug', format: 'text', write: (line) => stderr.write(Buffer.from(line)), wall: () => Date.now() })
const telemetry = createTelemetryHub((message) => log.error(message))
process.exitCode = await runProcess({
  load: () => loadInThread({ files: [file], cwd: process.cwd(), env: process.env, overrides: [], piped: new Map() }),
  entry: process.env['CORE'] === 'real' ? threadEntry('worker-thread') : new URL('stand-in-worker.ts', import.meta.url),
  workers: () => Number(process.env['WORKERS'] ?? 2),
  accept: process.env['ACCEPT'] === 'relay' ? 'relay' : 'ports',
  sharePort: false,
  hang: Number(process.env['HANG'] ?? 10_000),
  watch: process.env['WATCH'] === undefined ? undefined : [file],
  clock: systemClock,
  log,
  hidden: new HiddenValues(),
  telemetry,
  reopenLogs: () => {},
  ready: ({ plan }, supervisor) => {
    process.on('SIGWINCH', () => {
      const worker = supervisor.life.workers.find(({ state }) => state === 'serving')
      if (worker !== undefined) void supervisor.replaceWorker(worker.id).then(() => log.info(`replaced ${worker.id}`))
    })
    log.info(`ready on ${plan.listeners.map(({ port }) => port).join(' ')}`)
  },
})
await telemetry.end()
await stderr.end()
