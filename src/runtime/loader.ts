// Loading a configuration without holding main up: a short-lived thread evaluates files, schema and user code, and only plain data comes back.
// Its end gives the memory back, and a configuration that never ends loading is ended.
import { Worker } from 'node:worker_threads'
import type { Piped } from '../config/load/files.ts'
import { nowhere } from '../config/load/looked.ts'
import type { PrintOptions } from '../config/print/print.ts'
import type { Loaded } from '../config/load/load.ts'

/** What the loader thread is asked. `files` empty: look in the usual places. */
export interface LoadRequest {
  readonly files: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--set a.b=c`, in order. */
  readonly overrides: readonly string[]
  /** What came by stdin and pipes, which can be read but once. */
  readonly piped: Piped
  /** Every warning is an error. */
  readonly strict?: boolean
  /** Also prints the effective configuration. */
  readonly print?: PrintOptions
}

/** The longest that a configuration may take to load, in milliseconds. */
export const loadLimit = 10_000

/** Threads that were told to end and have not. */
const ending = new Set<Promise<void>>()
/** Milliseconds that a thread has to end in. */
const endLimit = 1_000

/**
 * Before the process ends: a thread that the system does not let go (a read from a network file system that hangs) cannot be ended, and
 * `process.exit` would wait for it for ever. The process is then killed.
 */
export async function endStuckLoaders(): Promise<void> {
  const timer = setTimeout(() => process.kill(process.pid, 'SIGKILL'), endLimit)
  await Promise.all(ending)
  clearTimeout(timer)
}

/** Loads in a thread of its own. Never rejects: what goes wrong is a finding. */
export function loadInThread(request: LoadRequest, entry: URL = threadEntry('loader-thread'), limit = loadLimit): Promise<Loaded> {
  return new Promise((resolve) => {
    const thread = new Worker(entry, { name: 'tidegate-loader', workerData: request })
    const failed = (message: string): void =>
      done({
        plan: undefined,
        findings: [{ file: request.files[0] ?? '', line: 0, column: 0, path: '', message, severity: 'error' }],
        files: request.files,
        looked: nowhere,
        secrets: [],
      })
    const timer = setTimeout(() => failed(`loading took longer than ${limit / 1000} s and was ended`), limit)
    const done = (loaded: Loaded): void => {
      clearTimeout(timer)
      resolve(loaded)
      const end = thread.terminate().then(() => void ending.delete(end))
      ending.add(end)
    }
    thread.on('message', done)
    thread.on('error', (error) => failed(`loading failed: ${error instanceof Error ? error.message : String(error)}`))
    thread.on('exit', (code) => failed(`the loader ended with code ${code}`))
  })
}

/** A thread's module: `.ts` in a checkout, `.js` where the package is installed. */
export function threadEntry(name: 'loader-thread' | 'worker-thread' | 'sink-thread' | 'explain-thread'): URL {
  return new URL(`./${name}${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url)
}
