// What the gateway writes under `state` for whoever leads it from this machine: where its admin API listens (`admin.json`), and the token
// that opens it (`admin.token`) when the configuration names none. Both are their owner's alone.
import { constants, type Stats } from 'node:fs'
import { open, rename, stat, unlink, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { randomHex } from '../base/random.ts'
import { makeFolder } from './log-folders.ts'

const OWNER_ONLY = 0o600
/** A link would make one file of another, and a pipe that nobody writes would be waited for. */
const READ_NO_LINK = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
/** Milliseconds for a connection on this machine. */
const CONNECT_PATIENCE = 1_000
const TOKEN = /^[\x21-\x7e]{16,1024}$/

/** Where a running gateway is found. */
export interface Whereabouts {
  readonly url?: string
  readonly socket?: string
  readonly pid: number
}

/** A token as the gateway makes them; another one in its file was somebody's choice. */
export const isRandom = (token: string): boolean => /^[0-9a-f]{64}$/.test(token)

const tokenFile = (state: string): string => join(state, 'admin.token')
const placeFile = (state: string): string => join(state, 'admin.json')

/** The token kept under `state`, made when there is none yet. A file that others can read, or that is no token, is replaced and told of. */
export async function keptToken(state: string, warn: (message: string) => void): Promise<string> {
  const path = tokenFile(state)
  const kept = await readOwn(path)
  if (typeof kept === 'string' && TOKEN.test(kept)) return kept
  if (kept === 'open' || typeof kept === 'string') {
    warn(`${path} ${kept === 'open' ? 'could be read by others' : 'holds no token'}: it is replaced by a new one`)
    await unlink(path)
  }
  const token = randomHex(32)
  await makeFolder(state)
  const { O_WRONLY, O_CREAT, O_EXCL } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL, OWNER_ONLY)
  try {
    await file.writeFile(`${token}\n`)
  } finally {
    await file.close()
  }
  return token
}

/** Its text without the line feed; `open` when others may read it or it is somebody else's or a link; undefined when it is not there. */
async function readOwn(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, READ_NO_LINK)
    try {
      const { mode, uid } = await file.stat()
      const user = process.geteuid?.() ?? uid
      if ((mode & 0o077) !== 0 || (uid !== user && uid !== 0)) return 'open'
      return (await file.readFile('utf8')).trim()
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') return 'open'
    throw error
  }
}

/** The same for a client, and whose file it is: undefined when there is none that it may read. Nothing but a token ever goes out as one. */
export async function readToken(state: string): Promise<{ readonly token: string; readonly owner: number } | undefined> {
  try {
    const file = await open(tokenFile(state), READ_NO_LINK)
    try {
      const token = (await file.readFile('utf8')).trim()
      return TOKEN.test(token) ? { token, owner: (await file.stat()).uid } : undefined
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

/** Written beside and renamed over: whoever reads it never sees half of it. */
export async function writeWhereabouts(state: string, place: Whereabouts): Promise<void> {
  await makeFolder(state)
  const beside = `${placeFile(state)}.${place.pid}`
  await writeFile(beside, `${JSON.stringify(place)}\n`, { mode: OWNER_ONLY })
  await rename(beside, placeFile(state))
}

/**
 * undefined when there is none, none that can be read, or one that others may have put there: whoever is told a place sends the token to it.
 */
export async function readWhereabouts(state: string): Promise<Whereabouts | undefined> {
  try {
    const file = await open(placeFile(state), READ_NO_LINK)
    let text: string
    try {
      if (!isOwners(await stat(state), await file.stat())) return undefined
      text = await file.readFile('utf8')
    } finally {
      await file.close()
    }
    const place = JSON.parse(text) as Whereabouts
    return typeof place.pid === 'number' && (typeof place.url === 'string' || typeof place.socket === 'string') ? place : undefined
  } catch {
    return undefined
  }
}

/** The folder is written by its owner alone, and the file is that owner's, or root's. (Root may ask about the gateway of another user.) */
const isOwners = (folder: Stats, file: Stats): boolean =>
  (folder.mode & 0o022) === 0 && (file.mode & 0o022) === 0 && (file.uid === folder.uid || file.uid === 0)

/** The place of another gateway that keeps its state in the same folder and listens there now; undefined when there is none. */
export async function placeOfAnother(state: string): Promise<Whereabouts | undefined> {
  const place = await readWhereabouts(state)
  if (place === undefined || place.pid === process.pid) return undefined
  return (await isListenedAt(place)) ? place : undefined
}

/** By a connection: the id of a process that has died may be another program's by now. */
function isListenedAt({ url, socket }: Whereabouts): Promise<boolean> {
  const at = url === undefined ? undefined : URL.parse(url)
  if (at === null || (at === undefined && socket === undefined)) return Promise.resolve(false)
  return new Promise((resolve) => {
    const settle = (listened: boolean) => (): void => {
      connection.destroy()
      resolve(listened)
    }
    const connection = net.connect(
      at === undefined ? { path: String(socket) } : { host: at.hostname.replace(/^\[|\]$/g, ''), port: Number(at.port || 80) },
    )
    connection.setTimeout(CONNECT_PATIENCE, settle(false)).once('connect', settle(true)).once('error', settle(false))
  })
}

/** Takes it away if it is still this process's: a successor may have written its own. */
export async function removeWhereabouts(state: string): Promise<void> {
  const place = await readWhereabouts(state)
  if (place?.pid === process.pid) await unlink(placeFile(state)).catch(() => {})
}
