// The folders of log files below `state` are the gateway's own to make. They are made before a configuration is taken, so that one whose
// folders cannot be made is refused as a whole. `check` makes nothing.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { liesBelow } from '../config/load/files.ts'
import type { Loaded } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'

/** For the gateway's own user: what lies under `state` is nobody else's to read. */
const MODE = 0o700

/** Makes what is missing, `state` itself included, with mode 0700. Returns one sentence when that cannot be done. */
export async function makeLogFolders({ state, accessLog }: Pick<Plan, 'state' | 'accessLog'>): Promise<string | undefined> {
  for (const sink of accessLog.sinks) {
    if (sink.type !== 'file' || !liesBelow(state, sink.path)) continue
    const folder = dirname(sink.path)
    try {
      await makeFolder(folder)
    } catch (error) {
      const { code = 'EUNKNOWN' } = error as NodeJS.ErrnoException
      const reason = REASONS[code] ?? `the system says ${code}`
      return `the folder \`${folder}\` of the access log cannot be made: ${reason}; \`state\` or TIDEGATE_STATE names another place`
    }
  }
  return undefined
}

/** The same for what was loaded: a plan whose folders cannot be made is an error like any other. */
export async function withLogFolders(loaded: Loaded): Promise<Loaded> {
  const message = loaded.plan === undefined ? undefined : await makeLogFolders(loaded.plan)
  if (message === undefined) return loaded
  const finding = { file: '', line: 0, column: 0, path: '', message, severity: 'error' as const }
  return { ...loaded, plan: undefined, findings: [...loaded.findings, finding] }
}

/** Makes a folder, and those around it, with mode 0700. Rejects with what the system says. By hand: `recursive` of Node never returns where the system says that a parent is missing which is there (`/proc`). */
export async function makeFolder(folder: string): Promise<void> {
  const missing = await makeOne(folder)
  if (missing === undefined) return
  if (dirname(folder) === folder) throw missing
  await makeFolder(dirname(folder))
  const still = await makeOne(folder)
  if (still !== undefined) throw still
}

/** Returns the error when the parent is missing. A folder that is there is as good as one that was made. */
async function makeOne(folder: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder, MODE)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return error as NodeJS.ErrnoException
    if (code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error
  }
  return undefined
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EEXIST: 'a file is in the way',
  ENOTDIR: 'a file is in the way',
  ENOENT: 'nothing can be made there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'there is a circle of symbolic links',
  ENAMETOOLONG: 'its name is too long',
}
