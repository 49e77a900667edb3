// Doctor: who can change what the gateway reads, and can it write what it writes?
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { doubtsAbout } from '../config/load/trust.ts'
import type { Plan } from '../config/plan.ts'
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts'

/** Something on the way to a path is not there, or is no folder. */
const MISSING = new Set(['ENOENT', 'ENOTDIR'])

export function configurationFiles({ files }: Pick<Plan, 'files'>): Diagnosis[] {
  const doubts = doubtsAbout(files)
  if (doubts.length === 0 && files.length === 0) return []
  if (doubts.length === 0) return [ok('configuration files', `${files.length} of them, which nobody else may write`)]
  return doubts.map(({ file, doubt }) => warn(`configuration file ${file}`, doubt, `give it to the user who runs the gateway, or to root`))
}

export async function state({ state: folder }: Pick<Plan, 'state'>): Promise<Diagnosis[]> {
  const what = `state folder ${folder}`
  try {
    const { mode, uid } = await stat(folder)
    const user = process.geteuid?.() ?? uid
    if (uid !== user && uid !== 0) return [fail(what, `belongs to user ${uid}`, `chown it to user ${user}, who runs the gateway`)]
    if ((mode & 0o022) !== 0) return [fail(what, 'others may write to it', `chmod 0700 ${folder}`)]
    await access(folder, constants.W_OK)
    if ((mode & 0o077) !== 0) return [warn(what, 'others may look into it', `chmod 0700 ${folder}`)]
    return [ok(what, 'is there, and its owner’s alone')]
  } catch (error) {
    if (!MISSING.has((error as NodeJS.ErrnoException).code ?? ''))
      return [fail(what, 'cannot be written to', 'let the user who runs the gateway write there')]
    return [await makeable(what, folder)]
  }
}

/** What is not there yet is made when it is needed, where that is allowed. */
async function makeable(what: string, path: string): Promise<Diagnosis> {
  for (let above = dirname(path); ; above = dirname(above)) {
    try {
      if (!(await stat(above)).isDirectory()) return fail(what, `${above} is a file, so nothing can lie in it`, 'name another place')
      await access(above, constants.W_OK)
      return ok(what, 'is made when it is needed')
    } catch (error) {
      if (!MISSING.has((error as NodeJS.ErrnoException).code ?? '') || dirname(above) === above)
        return fail(what, `${above} may not be written to`, 'let the user who runs the gateway write there, or name another place')
    }
  }
}

export async function sinks({ accessLog }: Pick<Plan, 'accessLog'>): Promise<Diagnosis[]> {
  const found: Diagnosis[] = []
  for (const sink of accessLog.sinks) {
    if (sink.type !== 'file') continue
    const what = `access log ${sink.path}`
    try {
      await access(sink.path, constants.W_OK)
      found.push(ok(what, 'can be written'))
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      found.push(missing ? await makeable(what, sink.path) : fail(what, 'may not be written', 'let the user who runs the gateway write it'))
    }
  }
  return found
}
