// `node bench/long-path.ts`: how long it takes to decide a path of 200 kB (A22), over loopback, minus what a head of as many bytes takes
// whose path is short. Ends with 1 when a median is not below the limit.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { tidegateCommand } from './contenders/tidegate.ts'
import { spreadOf } from './measure/statistics.ts'
import { freePort } from './process.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '41' },
    /** Bytes of a path. */
    length: { type: 'string', default: '200000' },
    /** Milliseconds for one path. */
    limit: { type: 'string', default: '5' },
  },
})
const runs = Number(values.runs)
const length = Number(values.length)
const limit = Number(values.limit)
if (!(runs >= 20)) throw new RangeError('a median of fewer than 20 runs says nothing')

/** Templates that share their beginnings, so that a path is looked at by as many as possible. */
const templates = [
  '/{rest...}',
  `/${Array.from({ length: 12 }, (_, i) => `{p${i}}`).join('/')}/end`,
  ...Array.from({ length: 8 }, (_, i) => `/a/${'a/'.repeat(i)}{x}b/a{y}/z`),
]

/** How a path begins, and what follows over and over: what is canonical as it stands, and each thing that has to be made so. */
const shapes: Readonly<Record<string, readonly [lead: string, piece: string]>> = {
  'one segment': ['/', 'a'],
  'many segments': ['', '/a'],
  'segments of three templates': ['', '/ab/a'],
  'one empty segment before many': ['/', '/a'],
  'empty segments': ['', '/'],
  'dot segments': ['', '/a/..'],
  'escapes that stay': ['', '/%C3%A9'],
  'escapes to decode': ['', '/%61'],
}

const folder = mkdtempSync(join(tmpdir(), 'tidegate-path-'))
const file = join(folder, 'tidegate.yaml')
const port = await freePort()
writeFileSync(
  file,
  `version: 1
listeners: { web: { address: 127.0.0.1, port: ${port} } }
telemetry: { logs: { sinks: [] } }
limits: { head: 1MiB, target: 1MiB }
routes:
${templates.map((path, i) => `  r${i}: { match: "GET ${path}", reply: { status: 204 } }\n`).join('')}`,
)

const headOf = (path: string, filler: string): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: gw.test\r\nX-Filler: ${filler}\r\n\r\n`, 'latin1')

/** Milliseconds from the first byte of `head` to the answer, which must be a route's. */
function ask(socket: net.Socket, head: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const from = performance.now()
    socket.once('data', (answer) => {
      const took = performance.now() - from
      const line = answer.toString('latin1').split('\r\n', 1)[0] ?? ''
      if (line.startsWith('HTTP/1.1 204')) resolve(took)
      else reject(new Error(`the gateway answers ${line}`))
    })
    socket.write(head)
  })
}

interface Measured {
  readonly long: number[]
  readonly control: number[]
}

/** Each run sends both heads; which goes first changes from run to run. */
async function measure(socket: net.Socket, path: string): Promise<Measured> {
  const long = headOf(path, '')
  const control = headOf('/a', 'a'.repeat(long.length - headOf('/a', '').length))
  const measured: Measured = { long: [], control: [] }
  // The first ones make the code fast and are not looked at.
  for (let run = -10; run < runs; run++)
    for (const kind of run % 2 === 0 ? (['long', 'control'] as const) : (['control', 'long'] as const)) {
      const took = await ask(socket, kind === 'long' ? long : control)
      if (run >= 0) measured[kind].push(took)
    }
  return measured
}

const command = tidegateCommand()
if (command === undefined) throw new Error('there is no Tidegate to run')
const [node = '', ...entry] = command
const child = spawn(node, [...entry, 'start', '-c', file, '--workers', '1'], { stdio: ['ignore', 'ignore', 'pipe'] })
const ms = (value: number): string => value.toFixed(2).padStart(6)
try {
  await ready()
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  process.stdout.write(`paths of ${length} bytes, ${runs} runs each, ms: path, control, path minus control (wanted: below ${limit})\n`)
  for (const [what, [lead, piece]] of Object.entries(shapes)) {
    const { long, control } = await measure(socket, lead + piece.repeat(length / piece.length))
    const difference = spreadOf(long.map((took, i) => took - (control[i] as number)))
    process.stdout.write(
      `${ms(spreadOf(long).median)} ${ms(spreadOf(control).median)} ${ms(difference.median)} (quartiles ${ms(difference.q1)} –${ms(difference.q3)})  ${what}\n`,
    )
    if (!(difference.median < limit)) process.exitCode = 1
  }
  socket.destroy()
} finally {
  child.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

/** Resolves when the gateway listens; rejects with its last line when it ends. */
async function ready(): Promise<void> {
  let last = ''
  for await (const line of createInterface(child.stderr)) {
    if (line.includes(' ready in ')) {
      child.stderr.resume()
      return
    }
    last = line
  }
  throw new Error(`the gateway ended: ${last}`)
}
