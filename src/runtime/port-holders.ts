// Who listens on a TCP port of this machine, as far as Linux tells this user: whose process a socket is, only its owner and root may see.
import { readdir, readFile, readlink } from 'node:fs/promises'

export interface Holder {
  readonly pid: number
  /** As the system names the process; 15 characters at most. */
  readonly name: string
}

const LISTENING = '0A'

/** Processes that listen on `port`, on any address; empty where that cannot be seen. Never rejects. */
export async function holdersOf(port: number): Promise<readonly Holder[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')))
  const sockets = new Set(tables.flatMap((table) => listening(table, port)).map((inode) => `socket:[${inode}]`))
  if (sockets.size === 0) return []
  const holders: Holder[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
    if (await holds(pid, sockets)) holders.push({ pid: Number(pid), name: await nameOf(pid) })
  return holders
}

/** Inodes of the listening sockets of one table; addresses and ports are in hexadecimal. */
export function listening(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === LISTENING && local.endsWith(wanted) && inode !== '0' ? [inode] : []
  })
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  // Another user's, or gone by now.
  const descriptors = await readdir(folder).catch(() => [])
  for (const descriptor of descriptors) if (sockets.has(await readlink(`${folder}/${descriptor}`).catch(() => ''))) return true
  return false
}

const nameOf = async (pid: string): Promise<string> => (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() || 'a process'
