// Finds the files of a configuration and reads them: named ones, or the one candidate in the working directory or in /etc/tidegate.
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Origins } from './interpolate.ts'
import type { Source } from './node.ts'
import { doubtAbout } from './trust.ts'

const CANDIDATES = ['tidegate.yaml', 'tidegate.yml', 'tidegate.json', 'tidegate.config.ts']
/** Beyond this a file is no configuration, and no secret. */
export const FILE_MOST = 16 * 1024 * 1024
export const TOO_LARGE = 'is larger than 16MiB: no configuration is'
export const NOT_TEXT = 'is not UTF-8 text'

/** Why there is nothing to read: one sentence. */
export interface NoFiles {
  readonly file: string
  readonly message: string
}

/** What was read from pipes, by absolute path (`-` for stdin): the text, or what is wrong with it. */
export type Piped = ReadonlyMap<string, string | { readonly message: string }>

/** The absolute paths of the files to read. `named` may hold `-` for stdin. */
export function locate(
  named: readonly string[] | undefined,
  cwd: string,
  env: Origins['env'],
  system = '/etc/tidegate',
): readonly string[] | NoFiles {
  const given =
    named !== undefined && named.length > 0
      ? named
      : env.TIDEGATE_CONFIG !== undefined && env.TIDEGATE_CONFIG !== ''
        ? [env.TIDEGATE_CONFIG]
        : undefined
  if (given !== undefined) return given.map((file) => (file === '-' ? '-' : resolve(cwd, file)))
  for (const folder of [cwd, system]) {
    const found = CANDIDATES.filter((name) => existsSync(join(folder, name)))
    if (found.length > 1) {
      return {
        file: shown(join(folder, found[0] as string), cwd),
        message: `stands beside ${found
          .slice(1)
          .map((name) => `\`${name}\``)
          .join(' and ')} in ${folder}; keep one of them, or name the one to use with \`--config\``,
      }
    }
    if (found[0] !== undefined) return [join(folder, found[0])]
  }
  return {
    file: 'tidegate.yaml',
    message: `was found neither in ${cwd} nor in ${system}; name a configuration with \`--config FILE\`, or write a first one with \`tidegate init\``,
  }
}

/** As a user would type it: relative when below the working directory. */
export function shown(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

/** True for a path inside `folder`, at any depth; both absolute. */
export function liesBelow(folder: string, path: string): boolean {
  const rest = relative(folder, path)
  return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest)
}

/** Reads one file whole, or says in a sentence why not. The real path is what a watcher watches. */
export function readSource(path: string, cwd: string): { source: Source; real: string; doubt: string | undefined } | NoFiles {
  const read = readText(path)
  if ('message' in read) return { file: shown(path, cwd), message: read.message }
  return { source: { file: shown(path, cwd), folder: dirname(path), text: read.text }, real: read.real, doubt: read.doubt }
}

export interface ReadText {
  readonly text: string
  /** Where it lies, links resolved (once, and then opened once). */
  readonly real: string
  /** Why its content may not be the operator's (A80). */
  readonly doubt: string | undefined
}

/** What may block for ever, or has no end, is refused before it is read: a pipe is read where the command line names it (`cli/given.ts`). */
export function readText(path: string): ReadText | { message: string } {
  try {
    // Before its real path, which a pipe has none of.
    const irregular = irregularity(statSync(path))
    if (irregular !== undefined) return { message: irregular }
    const real = realpathSync(path)
    const read = readWhole(real)
    if ('message' in read) return read
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes), real, doubt: read.doubt }
  } catch (error) {
    if (error instanceof TypeError) return { message: NOT_TEXT }
    return { message: REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? `cannot be read: ${(error as Error).message}` }
  }
}

function irregularity(stat: Stats): string | undefined {
  if (stat.isFile()) return undefined
  const kind = stat.isDirectory() ? 'folder' : stat.isFIFO() ? 'pipe' : stat.isSocket() ? 'socket' : 'device'
  return `is a ${kind}, not a file`
}

/** Nothing here waits: were a pipe put in the file's place in this very moment, O_NONBLOCK opens it all the same. */
function readWhole(path: string): { bytes: Uint8Array; doubt: string | undefined } | { message: string } {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = fstatSync(descriptor)
    const irregular = irregularity(stat)
    if (irregular !== undefined) return { message: irregular }
    // Files of the system (/proc) have a size of 0, and any may grow meanwhile.
    const parts: Uint8Array[] = []
    for (let size = 0; ;) {
      if (Math.max(size, stat.size) > FILE_MOST) return { message: TOO_LARGE }
      const part = Buffer.allocUnsafeSlow(Math.max(4_096, stat.size + 1 - size))
      const read = readSync(descriptor, part)
      if (read === 0) return { bytes: Buffer.concat(parts), doubt: doubtAbout(path, stat) }
      parts.push(part.subarray(0, read))
      size += read
    }
  } finally {
    closeSync(descriptor)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'does not exist',
  ELOOP: 'is a circle of symbolic links',
}
