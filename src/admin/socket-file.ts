// A listening socket as a file that its owner alone can open, put in the place of what a gateway that died left behind, and of nothing else.
import { constants, existsSync, lstatSync, renameSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { dirname } from 'node:path'

/** A socket that its owner alone can open. */
const isOurs = (mode: number): boolean => (mode & constants.S_IFMT) === constants.S_IFSOCK && (mode & 0o177) === 0

/**
 * Binds `server` to the file. Returns what takes the file away again, or the system's code: `EADDRINUSE` when somebody answers there,
 * `ENOTSOCK` when something else than a socket is in the way.
 */
export async function bindSocket(server: net.Server, path: string): Promise<(() => void) | string> {
  const occupant = await occupantOf(path)
  if (occupant !== undefined) return occupant
  // Bound under a name beside and renamed: nobody ever finds the file with other rights, and a stale one is replaced in one step.
  const beside = `${path}~`
  remove(beside)
  return new Promise((resolve) => {
    server.once('error', ({ code = 'EUNKNOWN' }: NodeJS.ErrnoException) =>
      // libuv says EACCES for a folder that is not there.
      resolve(code === 'EACCES' && !existsSync(dirname(path)) ? 'ENOENT' : code),
    )
    // Node binds within the call.
    const mask = process.umask(0o177)
    server.listen({ path: beside }, () => {
      server.removeAllListeners('error')
      try {
        // By its rights at birth: changing them now would change those of whatever somebody links there in a folder that he may write to.
        const { mode } = lstatSync(beside)
        if (!isOurs(mode)) {
          server.close(() => resolve('ENOTSOCK'))
          return
        }
        renameSync(beside, path)
      } catch (error) {
        server.close(() => resolve((error as NodeJS.ErrnoException).code ?? 'EUNKNOWN'))
        return
      }
      const { ino } = lstatSync(path)
      resolve(() => {
        if (inodeOf(path) === ino) remove(path)
      })
    })
    process.umask(mask)
  })
}

/** undefined: the place is free, or holds a socket on which nobody listens. */
async function occupantOf(path: string): Promise<string | undefined> {
  try {
    if (!lstatSync(path).isSocket()) return 'ENOTSOCK'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : (code ?? 'EUNKNOWN')
  }
  return (await answers(path)) ? 'EADDRINUSE' : undefined
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // A full queue (EAGAIN) is somebody's as well.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

function inodeOf(path: string): number | undefined {
  try {
    return lstatSync(path).ino
  } catch {
    return undefined
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was not there.
  }
}
