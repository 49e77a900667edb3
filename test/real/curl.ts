// Runs curl as it is installed and hands back what it got: every head, the bodies, and its own account of each transfer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { plainEnvironment } from './program.ts'

export interface Head {
  readonly version: string
  readonly status: number
  /** Lower-case names; a trailer stands here too, since curl writes it there. */
  readonly fields: ReadonlyMap<string, readonly string[]>
}

export interface CurlAnswer {
  /** curl's exit code. */
  readonly exit: number
  /** Of every response, interim ones and redirects included. */
  readonly heads: readonly Head[]
  /** The last one. */
  readonly head: Head
  /** All bodies, one after another. */
  readonly body: Buffer
  /** What `-w '%{json}'` says of each transfer. */
  readonly transfers: readonly Readonly<Record<string, number | string>>[]
  readonly errors: string
}

/** Runs curl in `folder`, without the user's `.curlrc`, for at most 30 s. */
export async function curl(folder: string, args: readonly string[], input?: Buffer): Promise<CurlAnswer> {
  // `--next` starts a set of options anew, and a file of heads. The account goes to the standard error, a line each, since the standard
  // output is the bodies'.
  const dumps: string[] = []
  const own = (): string[] => {
    dumps.push(join(folder, `heads-${dumps.length}.txt`))
    return ['--dump-header', dumps.at(-1) as string, '--write-out', '%{stderr}\n%{json}\n', '--max-time', '30']
  }
  const all = [...own(), ...args.flatMap((arg) => (arg === '--next' ? [arg, ...own()] : [arg]))]
  const child = spawn('curl', ['-q', '--silent', '--show-error', ...all], { cwd: folder, env: plainEnvironment() })
  const ended = once(child, 'close')
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [body, said] = await Promise.all([buffer(child.stdout), text(child.stderr)])
  const [exit] = (await ended) as [number]
  const lines = said.split('\n')
  const heads = dumps.flatMap((dump) => readHeads(readFileSync(dump, 'latin1')))
  return {
    exit,
    heads,
    head: heads.at(-1) ?? { version: '', status: 0, fields: new Map() },
    body,
    transfers: lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, number | string>),
    errors: lines.filter((line) => !line.startsWith('{')).join('\n'),
  }
}

function readHeads(dump: string): Head[] {
  const heads: { version: string; status: number; fields: Map<string, string[]> }[] = []
  for (const line of dump.split('\r\n')) {
    const [, version, status] = /^HTTP\/(\S+) (\d{3})/.exec(line) ?? []
    if (version !== undefined) heads.push({ version, status: Number(status), fields: new Map() })
    const colon = line.indexOf(':')
    const fields = heads.at(-1)?.fields
    if (version !== undefined || colon < 0 || fields === undefined) continue
    const name = line.slice(0, colon).toLowerCase()
    fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return heads
}
