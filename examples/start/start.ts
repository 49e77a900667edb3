// `npm start`: three small services and the gateway before them, each a process of its own; ctrl-c ends them all.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

interface Place {
  readonly name: string
  readonly port: number
}

const HOST = '127.0.0.1'
const GATEWAY: Place = { name: 'gateway', port: 8080 }
const SERVICES: readonly Place[] = [
  { name: 'users', port: 7101 },
  { name: 'orders', port: 7102 },
  { name: 'events', port: 7103 },
]
/** Milliseconds that a process may take to answer, and to end. */
const START_TIME = 15_000
const END_TIME = 5_000

const children: ChildProcess[] = []
let ending = false

const urlOf = ({ port }: Place): string => `http://${HOST}:${port}`

/** Starts a process in a group of its own: ctrl-c reaches this process alone, which then ends the others in good order. */
function start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const child = spawn(command, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  children.push(child)
  child.on('error', (error) => void end(1, `The ${name} process could not be started: ${error.message}.`))
  child.on('exit', (code, signal) => void end(1, `The ${name} process ended by itself (${signal ?? code}).`))
}

/** Ends every process, first politely, then not, and this one with `code`. Only the first call counts. */
async function end(code: number, reason?: string): Promise<void> {
  if (ending) return
  ending = true
  if (reason !== undefined) console.error(reason)
  const living = children.filter((child) => child.pid !== undefined && child.exitCode === null && child.signalCode === null)
  const ended = Promise.all(living.map((child) => once(child, 'exit')))
  for (const child of living) child.kill('SIGTERM')
  await Promise.race([ended, after(END_TIME)])
  for (const child of living) child.kill('SIGKILL')
  process.exit(code)
}

/** @throws Error with one sentence when somebody else listens on the port. */
async function proveFree({ name, port }: Place): Promise<void> {
  const probe = createServer().listen(port, HOST)
  try {
    await once(probe, 'listening')
  } catch {
    throw new Error(`Port ${port} on ${HOST}, needed for ${name}, is in use: stop what listens there, then run npm start again.`)
  }
  probe.close()
  await once(probe, 'close')
}

/** Waits for the first answer. @throws Error when there is none in time. */
async function answering(place: Place): Promise<void> {
  for (const until = performance.now() + START_TIME; performance.now() < until; await after(50)) {
    try {
      const response = await fetch(urlOf(place), { signal: AbortSignal.timeout(1000) })
      await response.body?.cancel()
      return
    } catch {
      // Not yet.
    }
  }
  throw new Error(`The ${place.name} did not answer on port ${place.port} within ${START_TIME / 1000} s.`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0))
// Whoever started this may be killed without a word: then nobody is left to press ctrl-c.
const parent = process.ppid
setInterval(() => process.ppid !== parent && void end(0), 1000).unref()

try {
  for (const place of [...SERVICES, GATEWAY]) await proveFree(place)
  for (const { name, port } of SERVICES) start(name, process.execPath, [join('services', `${name}.ts`)], { PORT: String(port) })
  await Promise.all(SERVICES.map(answering))
  start(GATEWAY.name, 'tidegate', ['start', '-c', 'tidegate.yaml'])
  await answering(GATEWAY)

  const url = urlOf(GATEWAY)
  console.log(`
Tidegate listens on ${url}; its configuration is examples/start/tidegate.yaml
Behind it: ${SERVICES.map((place) => `${place.name} on ${urlOf(place)}`).join(', ')}

Try:
  curl -i ${url}/api/users                               a list, by way of a rewrite
  curl -i ${url}/api/users/2                             a path parameter
  curl -i ${url}/nowhere                                 404 as problem+json
  curl -N ${url}/api/events                              server-sent events, one a second
  curl -i ${url}/api/orders --json '{"item":"coffee"}'   a POST

Each request becomes a line of the access log, here. ctrl-c ends everything.
`)
} catch (error) {
  await end(1, (error as Error).message)
}
