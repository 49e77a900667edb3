// A gateway process under test: started, spoken to over keep-alive connections, signalled, and ended with the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface GatewayOptions {
  /** What stands in the configuration beside the listener; default: one route that answers. */
  readonly yaml?: string
  readonly env?: Readonly<Record<string, string>>
  /** The listeners of the configuration; default: one, on a port that main chooses and keeps over reloads. */
  readonly listener?: string
  /** Called before the process starts. */
  readonly prepare?: (gateway: Gateway) => void
  /** Most open files of the process. */
  readonly files?: number
  /** A descriptor in the place of its standard output; default: read into `log`. */
  readonly stdout?: number
  /** The module to run; default: the supervisor around the stand-in core. */
  readonly main?: { readonly module: string; readonly args: (file: string) => readonly string[] }
}

/** Starting costs a second of stripping types otherwise. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/compile', import.meta.url))

export const oneRoute = 'routes: { all: { match: "/{rest...}", reply: { status: 200, body: ok } } }\n'

export class Gateway implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidegate-life-'))
  readonly file = join(this.folder, 'tidegate.yaml')
  readonly #child: ChildProcess
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null; at: number }>
  log = ''
  ports: readonly number[] = []

  constructor({ yaml = oneRoute, env = {}, files, main, listener, prepare, stdout }: GatewayOptions) {
    this.configure(yaml, listener)
    prepare?.(this)
    const module = main?.module ?? fileURLToPath(new URL('stand-in-main.ts', import.meta.url))
    const args = [module, ...(main?.args(this.file) ?? [this.file])]
    const [command, all] =
      files === undefined ? [process.execPath, args] : ['/bin/sh', ['-c', `ulimit -n ${files}; exec "$0" "$@"`, process.execPath, ...args]]
    this.#child = spawn(command, all, {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stderr, this.#child.stdout]) stream?.on('data', (chunk: Buffer) => (this.log += chunk.toString()))
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      at: performance.now(),
    }))
  }

  /** Starts one and waits until it is ready. */
  static async start(options: GatewayOptions = {}): Promise<Gateway> {
    const gateway = new Gateway(options)
    const line = await gateway.said(/ready (?:on|in) .*\n/)
    gateway.ports = [...line.matchAll(/(?:on |:)(\d{4,5})\b/g)].map(([, port]) => Number(port))
    return gateway
  }

  get port(): number {
    return this.ports[0] ?? 0
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** Writes the configuration. */
  configure(yaml: string, listeners = 'web: { address: 127.0.0.1, port: 0 }'): void {
    writeFileSync(this.file, `version: 1\nlisteners:\n  ${listeners}\n${yaml}`)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until the log from `from` on matches; rejects with the log when the process ends first or it takes too long. */
  async said(pattern: RegExp, from = 0, limit = 15_000): Promise<string> {
    const end = performance.now() + limit
    let ended = false
    void this.exited.then(() => (ended = true))
    for (;;) {
      const match = pattern.exec(this.log.slice(from))
      if (match !== null) return match[0]
      if (ended || performance.now() > end)
        throw new Error(`${ended ? 'it ended' : 'it did not come'}: ${String(pattern)}; the log says\n${this.log}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Reloads by SIGHUP and returns what was said about it. */
  async reload(): Promise<string> {
    const from = this.log.length
    this.kill('SIGHUP')
    return this.said(/(?:not )?reloaded \(.*\n/, from)
  }

  connect(port = this.port): Client {
    return new Client(port)
  }

  /** One request on a connection of its own: status and body, or the system's error code. */
  async get(path = '/ok', port = this.port): Promise<string> {
    const client = this.connect(port)
    try {
      return await client.get(path)
    } finally {
      client.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.exited
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A client on one keep-alive connection, reading answers with a Content-Length. */
export class Client {
  readonly #socket: net.Socket
  readonly #closed: Promise<string>
  #buffer = ''
  #error = ''
  #wake = (): void => {}
  /** The last answer said `Connection: close`. */
  lastSaidClose = false

  constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => {
      this.#buffer += chunk.toString('latin1')
      this.#wake()
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => (this.#error = error.code ?? 'error'))
    this.#closed = new Promise((resolve) =>
      this.#socket.on('close', () => {
        this.#error = this.#error === '' ? 'closed' : this.#error
        this.#wake()
        resolve(this.#error)
      }),
    )
  }

  /** Sends a request; returns `STATUS BODY`, or the error code, or `closed`. */
  async get(path = '/ok'): Promise<string> {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`)
    return this.answer()
  }

  async answer(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n')
      if (end >= 0) {
        const head = this.#buffer.slice(0, end).toLowerCase()
        const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
        if (this.#buffer.length >= end + 4 + length) {
          const body = this.#buffer.slice(end + 4, end + 4 + length)
          this.#buffer = this.#buffer.slice(end + 4 + length)
          this.lastSaidClose = head.includes('connection: close')
          return `${head.split(' ')[1] ?? ''} ${body}`
        }
      }
      if (this.#error !== '') return this.#error
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Resolves with `closed` for a FIN, or with the error code. */
  get closed(): Promise<string> {
    return this.#closed
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Keeps `connections` clients asking, one request after another each, until stopped; counts what failed. */
export function load(
  gateway: Gateway,
  connections: number,
  path = '/ok',
  fresh = false,
): { stop(): Promise<{ answered: number; failed: readonly string[] }> } {
  const stopping = new AbortController()
  const failed: string[] = []
  let answered = 0
  void gateway.exited.then(() => stopping.abort())
  const run = async (): Promise<void> => {
    let client = gateway.connect()
    while (!stopping.signal.aborted) {
      const answer = await client.get(path)
      if (answer.startsWith('200 ')) answered++
      else failed.push(answer)
      if (client.lastSaidClose || fresh || !answer.startsWith('200 ')) {
        client.close()
        client = gateway.connect()
      }
    }
    client.close()
  }
  const runs = Array.from({ length: connections }, run)
  return {
    async stop() {
      stopping.abort()
      await Promise.all(runs)
      return { answered, failed }
    },
  }
}
