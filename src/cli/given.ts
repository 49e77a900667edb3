// The files that a command line names, and what can be read but once of them: standard input, and pipes such as those of `<(…)`. These are
// read here, in main, without ever blocking a thread: one that waits in the system for a pipe's writer could not be ended.
import { constants, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { FILE_MOST, NOT_TEXT, type Piped, TOO_LARGE } from '../config/load/files.ts'

/** Milliseconds that a pipe may take. */
const PIPE_LIMIT = 10_000
/** Milliseconds between looks into a pipe that gives nothing yet. */
const PIPE_LOOK = 20
const STDIN: ReadonlySet<string> = new Set(['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])

export interface Given {
  readonly files: readonly string[]
  readonly piped: Piped
}

/** What `--config` named, else TIDEGATE_CONFIG; standard input under any of its names is `-`. Empty: the usual places. */
export function givenFiles(named: readonly string[], env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const set = env['TIDEGATE_CONFIG'] ?? ''
  const files = named.length > 0 || set === '' ? named : [set]
  return files.map((file) => (STDIN.has(file) ? '-' : file))
}

/** Can it be read but once? */
export function isPiped(file: string): boolean {
  try {
    return file === '-' || statSync(file).isFIFO()
  } catch {
    return false
  }
}

/** Reads what can be read but once, each within 10 s (standard input: until it ends). What is wrong with one is told when it is loaded. */
export async function readGiven(files: readonly string[], limit = PIPE_LIMIT): Promise<Given> {
  const piped = new Map<string, string | { message: string }>()
  for (const file of new Set(files.filter(isPiped)))
    piped.set(file === '-' ? file : resolve(file), textOf(file === '-' ? await readStdin() : await readPipe(file, limit)))
  return { files, piped }
}

function textOf(read: Buffer | string): string | { message: string } {
  if (typeof read === 'string') return { message: read }
  if (read.length > FILE_MOST) return { message: TOO_LARGE }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(read)
  } catch {
    return { message: NOT_TEXT }
  }
}

async function readStdin(): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part)
    size += part.length
    if (size > FILE_MOST) break
  }
  return Buffer.concat(parts)
}

/** The bytes, or what is wrong. With O_NONBLOCK opening waits for no writer, and reading for nothing: it is asked again. */
async function readPipe(path: string, limit: number): Promise<Buffer | string> {
  const pipe = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const end = performance.now() + limit
  const part = Buffer.allocUnsafeSlow(65_536)
  const parts: Buffer[] = []
  let size = 0
  try {
    while (size <= FILE_MOST) {
      const read = await readSome(pipe, part)
      if (read > 0) {
        parts.push(Buffer.from(part.subarray(0, read)))
        size += read
      } else if (read === 0 && size > 0) break
      else if (performance.now() < end) await setTimeout(PIPE_LOOK)
      else return `is a pipe ${size === 0 ? 'into which nobody wrote anything' : 'that did not end'} within ${limit / 1_000} s`
    }
  } finally {
    await pipe.close()
  }
  return Buffer.concat(parts)
}

/** How much came; 0 when there is no writer (any more, or yet), -1 when the writer has written nothing more yet. */
async function readSome(pipe: Awaited<ReturnType<typeof open>>, into: Buffer): Promise<number> {
  try {
    return (await pipe.read(into)).bytesRead
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return -1
    throw error
  }
}
