// Runs wrk on one core against one contender and reads its result.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('load.lua', import.meta.url))

/** What is asked of a contender, request after request on each connection. */
export interface Load {
  readonly kind: 'get' | 'post' | 'routes'
  /** Bytes of the request's body, or number of routes. */
  readonly count?: number
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface LoadResult {
  /** Answers that were complete. */
  readonly requests: number
  readonly seconds: number
  readonly bytes: number
  readonly errors: Readonly<Record<'connect' | 'read' | 'write' | 'status' | 'timeout', number>>
  /** Latency in µs. */
  readonly p50: number
  readonly p99: number
}

/** The path of one of many routes, as load.lua asks for it. */
export function routePath(index: number, item = '42'): string {
  return `/r${String(index).padStart(5, '0')}/items/${item}`
}

/** Loads `port` for `seconds` (fractions allowed) over `connections` kept open, one request in flight on each. */
export async function loadWith(load: Load, port: number, connections: number, seconds: number, cores: string): Promise<LoadResult> {
  const headers = Object.entries(load.headers ?? {}).map(([name, value]) => `${name}=${value}`)
  const what = load.kind === 'get' ? ['get', ...headers] : [load.kind, String(load.count), ...headers]
  // wrk takes whole seconds only; it ends early, with its report, on SIGINT.
  const args = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds) + 30}s`, '--latency', '--timeout', '10s', '-s', script]
  const child = spawn('taskset', ['-c', cores, 'wrk', ...args, `http://127.0.0.1:${port}${load.path}`, '--', ...what])
  const enough = setTimeout(() => child.kill('SIGINT'), seconds * 1000)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => clearTimeout(enough))
  const line = /^RESULT (.*)$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`wrk gave no result: ${output.trim()}`)
  const { micros, ...rest } = JSON.parse(line)
  return { ...rest, seconds: micros / 1e6 }
}

/** A sentence that says which errors there were, or undefined when there were none. */
export function faultOf(result: LoadResult): string | undefined {
  const faults = Object.entries(result.errors).filter(([, count]) => count > 0)
  if (faults.length > 0) return faults.map(([kind, count]) => `${count} ${kind} errors`).join(', ')
  return result.requests === 0 ? 'no answer' : undefined
}
