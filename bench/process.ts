// Starts programs pinned to a core, with their output in a file, and ends them by their pid.
import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Launch } from './contender.ts'
import { treeOf } from './measure/cpu.ts'

const run = promisify(execFile)

/** How long a program may take to end after SIGTERM, in ms; then it is killed. */
const END_WITHIN = 2_000

export interface Running {
  readonly pid: number
  /** False once the program has ended, by itself or by us. */
  alive(): boolean
  /** The last lines that the program wrote, for messages. */
  tail(): Promise<string>
  end(): Promise<void>
}

/** Starts a program on `cores` (a list as `taskset -c` takes it); standard output and error go to the file `log`. */
export async function start(launch: Launch, cores: string, log: string): Promise<Running> {
  await using output = await open(log, 'w')
  // taskset replaces itself by the program, so the pid is the program's.
  const child = spawn('taskset', ['-c', cores, ...launch.argv], {
    stdio: ['ignore', output.fd, output.fd],
    cwd: launch.cwd,
    env: { ...process.env, ...launch.env },
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const pid = child.pid
  if (pid === undefined) {
    await ended
    throw new Error(`cannot start ${launch.argv.join(' ')}`)
  }
  const alive = () => child.exitCode === null && child.signalCode === null
  return {
    pid,
    alive,
    tail: async () => (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-8).join('\n'),
    end: async () => {
      if (!alive()) return
      const tree = await treeOf(pid)
      child.kill('SIGTERM')
      const late = new AbortController()
      const deadline = sleep(END_WITHIN, undefined, { signal: late.signal }).then(
        () => tree.forEach(kill),
        () => undefined,
      )
      await ended
      late.abort()
      await deadline
    },
  }
}

/** What a program says of its version: the first match of `pattern` in its output; undefined when it cannot be run. */
export async function versionOf(command: string, args: readonly string[], pattern: RegExp): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, [...args], { timeout: 20_000 })
    return pattern.exec(stdout + stderr)?.[0]
  } catch {
    return undefined
  }
}

/** A free port of 127.0.0.1 below the range that the kernel gives to outgoing connections, so that none of them can take it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++
    if (nextPort > 32_000) nextPort = 20_000
    const server = createServer()
    const bound = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true))
    })
    if (!bound) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

// Two benchmarks on one machine start at different places.
let nextPort = 20_000 + (process.pid % 600) * 20

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
