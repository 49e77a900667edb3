// Whether a file of the configuration is the operator's alone (A80): who can write to it, or put another one in its place, decides what the
// gateway does and reads its secrets.
import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'

const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
const STICKY = 0o1000

/** The user that this process runs as; undefined where the system has no such thing. */
const us = process.geteuid?.()

/** Why a file that was opened is not to be trusted, in one sentence; undefined when it is. `real`: its path, links resolved. */
export function doubtAbout(real: string, stat: Stats, user = us): string | undefined {
  if (user === undefined) return undefined
  const remedy = 'whoever can change it decides what the gateway does'
  if (stat.uid !== 0 && stat.uid !== user) return `belongs to user ${stat.uid}, who is neither root nor the one that runs this; ${remedy}`
  const writers = writersOf(stat)
  if (writers !== undefined) return `may be written by ${writers} (mode ${octal(stat)}); ${remedy}: \`chmod go-w\``
  const folder = folderOf(real)
  const movers = folder === undefined || (folder.mode & STICKY) !== 0 ? undefined : writersOf(folder)
  if (folder === undefined || movers === undefined) return undefined
  return `lies in a folder that may be written by ${movers} (mode ${octal(folder)}): they can put another file in its place; \`chmod go-w\``
}

/** The same for files that somebody else opened (modules): each that is not to be trusted, with the sentence. */
export function doubtsAbout(files: readonly string[]): readonly { readonly file: string; readonly doubt: string }[] {
  return files.flatMap((file) => {
    const stat = statSync(file, { throwIfNoEntry: false })
    const doubt = stat === undefined ? undefined : doubtAbout(file, stat)
    return doubt === undefined ? [] : [{ file, doubt }]
  })
}

function writersOf({ mode, uid, gid }: Stats): string | undefined {
  if ((mode & OTHERS_WRITE) !== 0) return 'everybody'
  // Many systems give each user a group of the same number and make files group-writable by default: nobody else is in it.
  return (mode & GROUP_WRITES) !== 0 && gid !== uid ? `group ${gid}` : undefined
}

function folderOf(real: string): Stats | undefined {
  try {
    return statSync(dirname(real))
  } catch {
    return undefined
  }
}

const octal = ({ mode }: Stats): string => (mode & 0o7777).toString(8).padStart(4, '0')
