// Watches configuration files. Directories are watched rather than files, since editors and Kubernetes replace files (a ConfigMap is a chain
// of links whose `..data` is swapped), and what counts is whether a file has become another one, not what the system said about it.
import { type FSWatcher, watch } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { End } from '../base/scope.ts'

export interface WatchOptions {
  /** The files of the configuration in force, as named and as resolved. Asked again after each change. */
  readonly files: () => readonly string[]
  /** Called once the files have changed and then been quiet. */
  readonly changed: () => void
  /** Milliseconds without another change before a change counts: a file that is being written is not read (R35). */
  readonly quiet?: number
  /** Milliseconds between looks where the system reports nothing (network file systems, no watches left). */
  readonly poll?: number
}

/** Starts watching; returns the end of it. */
export function watchFiles({ files, changed, quiet = 150, poll = 2_000 }: WatchOptions): End {
  const watchers = new Map<string, FSWatcher>()
  let known: string | undefined
  let pending: string | undefined
  let timer: NodeJS.Timeout | undefined
  let ended = false

  const soon = (ms: number): void => {
    clearTimeout(timer)
    if (!ended) timer = setTimeout(() => void look(), ms)
  }

  // A change counts when two looks, `quiet` apart, find the same new state.
  const look = async (): Promise<void> => {
    const names = files()
    rewatch(new Set(names.flatMap((name) => [dirname(name), dirname(dirname(name))])))
    const state = (await Promise.all(names.map(fingerprint))).join('\n')
    if (ended) return
    if (known === undefined) known = state
    if (state === known) {
      pending = undefined
      return soon(poll)
    }
    if (state !== pending) {
      pending = state
      return soon(quiet)
    }
    known = state
    pending = undefined
    changed()
    soon(quiet)
  }

  const rewatch = (wanted: ReadonlySet<string>): void => {
    for (const [directory, watcher] of watchers)
      if (!wanted.has(directory)) {
        watcher.close()
        watchers.delete(directory)
      }
    for (const directory of wanted) {
      if (watchers.has(directory)) continue
      try {
        const watcher = watch(directory, { persistent: false }, () => soon(quiet / 3))
        watcher.on('error', () => {
          watcher.close()
          watchers.delete(directory)
        })
        watchers.set(directory, watcher)
      } catch {
        // Gone, or no watches left: the poll sees changes.
      }
    }
  }

  void look()
  return () => {
    ended = true
    clearTimeout(timer)
    for (const watcher of watchers.values()) watcher.close()
  }
}

async function fingerprint(file: string): Promise<string> {
  try {
    const real = await realpath(file)
    const { dev, ino, size, mtimeNs } = await stat(real, { bigint: true })
    return `${file} ${real} ${dev} ${ino} ${size} ${mtimeNs}`
  } catch {
    return `${file} absent`
  }
}
