// `node bench/switch-time.ts`: how long a reload of many routes takes from the plan to the last worker that serves it, reading apart.
// Ends with 1 when the median is not below the limit.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { tidegateCommand } from './contenders/tidegate.ts'
import { routePath } from './load/wrk.ts'
import { spreadOf } from './measure/statistics.ts'
import { freePort } from './process.ts'

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '10000' },
    reloads: { type: 'string', default: '25' },
    workers: { type: 'string', default: '2' },
    /** Milliseconds from the plan to the last worker. */
    limit: { type: 'string', default: '500' },
  },
})
const routes = Number(values.routes)
const reloads = Number(values.reloads)
const limit = Number(values.limit)

const folder = mkdtempSync(join(tmpdir(), 'tidegate-switch-'))
const file = join(folder, 'tidegate.yaml')
const port = await freePort()

/** Every route anew in the file; the last one tells which version answers. */
function configure(version: number): void {
  const table = Array.from(
    { length: routes - 1 },
    (_, i) => `  ${routePath(i).split('/')[1]}:\n    match: GET ${routePath(i, '{id}')}\n    service: upstream\n`,
  )
  writeFileSync(
    file,
    `version: 1
listeners: { web: { address: 127.0.0.1, port: ${port} } }
telemetry: { logs: { sinks: [] } }
services: { upstream: { endpoints: ["http://127.0.0.1:9"] } }
routes:
  version:
    match: GET /version
    reply: { status: 200, body: "${version}" }
${table.join('')}`,
  )
}

const command = tidegateCommand()
if (command === undefined) throw new Error('there is no Tidegate to run')
configure(0)
const [node = '', ...entry] = command
const child = spawn(node, [...entry, 'start', '-c', file, '--workers', values.workers], { stdio: ['ignore', 'ignore', 'pipe'] })
const lines = createInterface(child.stderr)[Symbol.asyncIterator]()

/** The next line of the gateway's log that matches; rejects with the last one when it ends. */
async function said(pattern: RegExp): Promise<RegExpExecArray> {
  let last = ''
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`the gateway ended: ${last}`)
    const match = pattern.exec(value)
    if (match !== null) return match
    last = value
    if (value.includes('not reloaded')) throw new Error(value)
  }
}

const figures: { read: number; taken: number; seen: number }[] = []
try {
  await said(/ ready in /)
  for (let version = 1; version <= reloads; version++) {
    configure(version)
    const from = performance.now()
    child.kill('SIGHUP')
    const match = await said(/reloaded .* read in (\d+) ms, taken by every worker in (\d+) ms/)
    const seen = performance.now() - from
    const answer = await (await fetch(`http://127.0.0.1:${port}/version`)).text()
    if (answer !== String(version)) throw new Error(`version ${version} was agreed, and ${answer} answers`)
    figures.push({ read: Number(match[1]), taken: Number(match[2]), seen })
  }
} finally {
  child.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

const tell = (what: string, of: (figure: (typeof figures)[number]) => number): number => {
  const all = figures.map(of)
  const { median, q1, q3 } = spreadOf(all)
  const range = `quartiles ${q1.toFixed(0)}–${q3.toFixed(0)}, at most ${Math.max(...all).toFixed(0)}`
  process.stdout.write(`${what}: median ${median.toFixed(0)} ms (${range})\n`)
  return median
}
process.stdout.write(
  `${reloads} reloads of ${routes} routes by ${values.workers} workers (${entry[0]?.includes('/dist/') ? 'dist' : 'src'})\n`,
)
tell('reading: YAML, schema, plan', ({ read }) => read)
const median = tell(`from the plan to the last worker (wanted: below ${limit} ms)`, ({ taken }) => taken)
tell('from the signal to the log line', ({ seen }) => seen)
if (median >= limit) process.exitCode = 1
