// Finds the files of a configuration and reads them: named ones, or the one candidate in the working directory or in /etc/tidegate.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Origins } from './interpolate.ts'
import type { Source } from './node.ts'

const CANDIDATES = ['tidegate.yaml', 'tidegate.yml', 'tidegate.json', 'tidegate.config.ts']
/** Beyond this a file is no configuration, and no secret. */
const FILE_MOST = 64 * 1024 * 1024

/** Why there is nothing to read: one sentence. */
export interface NoFiles {
  readonly file: string
  readonly message: string
}

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
    message: `was found neither in ${cwd} nor in ${system}; name a configuration with \`--config FILE\``,
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
export function readSource(path: string, cwd: string): { source: Source; real: string } | NoFiles {
  if (path.endsWith('.ts')) {
    return {
      file: shown(path, cwd),
      message:
        'is a configuration in TypeScript, which is not available in this version yet: it comes in a later release; write tidegate.yaml',
    }
  }
  const read = readText(path)
  if ('message' in read) return { file: shown(path, cwd), message: read.message }
  return { source: { file: shown(path, cwd), folder: dirname(path), text: read.text }, real: read.real }
}

export function readText(path: string): { text: string; real: string } | { message: string } {
  try {
    const real = realpathSync(path)
    const stat = statSync(real)
    if (stat.isDirectory()) return { message: 'is a folder, not a file' }
    if (stat.size > FILE_MOST) return { message: 'is larger than 64MiB' }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(real))
    return { text, real }
  } catch (error) {
    if (error instanceof TypeError) return { message: 'is not UTF-8 text' }
    return { message: REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? `cannot be read: ${(error as Error).message}` }
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
