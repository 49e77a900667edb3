// A program under test: started in a process of its own, listened to, and ended by its id with the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import net from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly stdin?: 'ignore' | 'pipe'
}

/** How a program ended: its code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What the environment of `npm run` says to npm is not for the programs that tests start. */
export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_TEST_|NODE_OPTIONS$)/i.test(name)))

export class Program implements AsyncDisposable {
  readonly name: string
  /** All that it printed, on both streams. */
  output = ''
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  #over = false
  #heard = (): void => {}

  constructor(command: string, { args = [], env = plainEnvironment(), cwd, stdin = 'ignore' }: ProgramOptions = {}) {
    this.name = [command, ...args].join(' ')
    this.#child = spawn(command, args, { env, ...(cwd === undefined ? {} : { cwd }), stdio: [stdin, 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#heard()
      })
    // A program that cannot be started tells that here, and closes.
    this.#child.on('error', (error) => (this.output += String(error)))
    this.ended = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => {
        this.#over = true
        this.#heard()
        resolve({ code, signal })
      }),
    )
  }

  /** It has ended. */
  get over(): boolean {
    return this.#over
  }

  get pid(): number {
    return this.#child.pid as number
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** The first match in what it prints from `from` on. Rejects with its output when it ends first or takes longer than `limit` ms. */
  async said(pattern: RegExp, from = 0, limit = 20_000): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(limit)
    for (;;) {
      const match = pattern.exec(this.output.slice(from))
      if (match !== null) return match
      if (this.#over || deadline.aborted)
        throw new Error(`${this.name} ${this.#over ? 'ended' : 'went on'} without ${String(pattern)}:\n${this.output}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
        deadline.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  /** Asks it to end, and makes it end when it does not within two seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.kill('SIGTERM')
    const forced = setTimeout(() => this.kill('SIGKILL'), 2_000)
    await this.ended
    clearTimeout(forced)
  }
}

/** Runs a program to its end; rejects with what it printed unless its exit code is one of `codes`. */
export async function run(command: string, options: ProgramOptions = {}, codes: readonly number[] = [0]): Promise<string> {
  await using program = new Program(command, options)
  const { code, signal } = await program.ended
  if (code === null || !codes.includes(code)) throw new Error(`${program.name} ended with ${code ?? signal}:\n${program.output}`)
  return program.output
}

/** Where a program lies, or undefined when this machine lacks it. */
export function find(program: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/** Why a test that needs these programs cannot run here; false when it can, and under continuous integration, where it must. */
export function lacking(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => find(program) === undefined)
  return missing.length === 0 || process.env['CI'] === 'true' ? false : `not tested: ${missing.join(' and ')} cannot be found`
}

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until something accepts connections there. */
export async function listening(port: number, program: Program, limit = 20_000): Promise<void> {
  const deadline = AbortSignal.timeout(limit)
  for (;;) {
    const socket = net.connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      if (deadline.aborted || program.over) throw new Error(`nothing listens on ${port}; ${program.name} said:\n${program.output}`)
      await sleep(20)
    } finally {
      socket.destroy()
    }
  }
}
