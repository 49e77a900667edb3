// A gateway as a user starts it: `tidegate start -c FILE` from the checkout's sources, in a process of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plainEnvironment, Program } from './program.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface GatewayOptions {
  /** The configuration below `version` and `listeners`; the listener `web` takes a free port of 127.0.0.1. */
  readonly yaml: string
  /** Default: 127.0.0.1. */
  readonly address?: string
  readonly args?: readonly string[]
}

export class GatewayProcess implements AsyncDisposable {
  readonly program: Program
  readonly file: string
  readonly port: number
  readonly #folder: string | undefined

  private constructor(program: Program, file: string, port: number, folder: string | undefined) {
    this.program = program
    this.file = file
    this.port = port
    this.#folder = folder
  }

  /** Writes a configuration and serves it. Resolves when every worker listens. */
  static async start({ yaml, address = '127.0.0.1', args = ['--workers', '2'] }: GatewayOptions): Promise<GatewayProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-real-'))
    const file = join(folder, 'tidegate.yaml')
    writeFileSync(file, `version: 1\nlisteners:\n  web: { address: "${address}", port: 0 }\n${yaml}`)
    return GatewayProcess.serve(file, { args }, folder)
  }

  /** Serves a file as it is. `nodeArgs` are for the runtime. */
  static async serve(
    file: string,
    { args = [], env = {}, nodeArgs = [] }: { args?: readonly string[]; env?: NodeJS.ProcessEnv; nodeArgs?: readonly string[] },
    folder?: string,
  ): Promise<GatewayProcess> {
    const program = new Program(process.execPath, {
      args: [...nodeArgs, MAIN, 'start', '-c', file, ...args],
      env: { ...plainEnvironment(), ...env },
    })
    const [, port] = await program.said(/ ready in \d+ ms: http:\/\/\S+:(\d+) /).catch(async (error: unknown) => {
      await program[Symbol.asyncDispose]()
      throw error
    })
    return new GatewayProcess(program, file, Number(port), folder)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that left something open must not wait for the drain.
    this.program.kill('SIGTERM')
    await this.program[Symbol.asyncDispose]()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}
