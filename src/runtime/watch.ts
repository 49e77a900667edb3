// Watches configuration files. Directories are watched rather than files, since editors and Kubernetes replace files (a ConfigMap is a chain
// of links whose `..data` is swapped), and what counts is whether a file has become another one, not what the system said about it.
import { glob, realpath, stat } from 'node:fs/promises'
import { type Clock, systemClock } from '../base/clock.ts'
import type { End } from '../base/scope.ts'
import { WatchedFolders } from './watched-folders.ts'

export interface WatchOptions {
  /** The files of the configuration in force, as named and as resolved. Asked again after each change. */
  readonly files: () => readonly string[]
  /** Absolute patterns: a file that comes to match one is a change, as is one that goes. Asked again after each change. */
  readonly globs?: () => readonly string[]
  /** When what is in force began to be read, in milliseconds since 1970: what was changed after that counts as a change. */
  readonly since?: number
  /** Called once the files have changed and then been quiet. */
  readonly changed: () => void
  /** Milliseconds without another change before a change counts: a file that is being written is not read (R35). */
  readonly quiet?: number
  /** Milliseconds between looks where the system reports nothing (network file systems, no watches left). */
  readonly poll?: number
  readonly clock?: Clock
}

/** Files that one pattern is followed for: a configuration has no more. */
const matchesMost = 10_000
/** Looking takes at most a fifth of the time, however many files there are and however busy their folders. */
const restFor = 4

/** Starts watching; returns the end of it. */
export function watchFiles({
  files,
  globs = () => [],
  since = Infinity,
  changed,
  quiet = 150,
  poll = 2_000,
  clock = systemClock,
}: WatchOptions): End {
  let known: string | undefined
  let pending: { readonly state: string; readonly since: number } | undefined
  let timer: NodeJS.Timeout | undefined
  let due = Infinity
  let looking = false
  /** The system said something during a look. */
  let stirred = false
  /** No look begins before. */
  let rested = 0
  let ended = false

  /** Looks in `ms` milliseconds, or earlier if that was settled already: a folder that is never quiet does not put it off. */
  const soon = (ms: number): void => {
    const at = Math.max(clock.now() + ms, rested)
    if (ended || at >= due) return
    clearTimeout(timer)
    due = at
    timer = setTimeout(() => void look(), at - clock.now())
  }
  const folders = new WatchedFolders(() => {
    if (looking) stirred = true
    else soon(quiet / 3)
  })

  const look = async (): Promise<void> => {
    due = Infinity
    looking = true
    stirred = false
    const began = clock.now()
    const { state, newest } = await read()
    looking = false
    if (ended) return
    const now = clock.now()
    rested = now + Math.max(quiet, (now - began) * restFor)
    known ??= newest > since ? '' : state
    soon(judge(state, now))
    if (stirred) soon(quiet / 3)
  }

  /** A change counts when it is still the same after `quiet`. Returns when to look again. */
  const judge = (state: string, now: number): number => {
    if (state === known) {
      pending = undefined
      return poll
    }
    if (state !== pending?.state) pending = { state, since: now }
    else if (now - pending.since >= quiet) {
      known = state
      pending = undefined
      changed()
    }
    return quiet
  }

  const read = async (): Promise<{ state: string; newest: number }> => {
    const patterns = globs()
    // Watched before they are read: what changes in between is told.
    await folders.watch(files(), patterns)
    const names = new Set(files())
    for (const pattern of patterns) for (const name of await matches(pattern)) names.add(name)
    const prints = await Promise.all([...names].toSorted().map(fingerprint))
    return { state: prints.map(({ print }) => print).join('\n'), newest: Math.max(...prints.map(({ changedAt }) => changedAt)) }
  }

  void look()
  return () => {
    ended = true
    clearTimeout(timer)
    folders.end()
  }
}

async function matches(pattern: string): Promise<string[]> {
  const found: string[] = []
  try {
    for await (const name of glob(pattern)) if (found.push(name) >= matchesMost) break
  } catch {
    // A folder that may not be read, or that went meanwhile: what was found counts.
  }
  return found
}

async function fingerprint(file: string): Promise<{ print: string; changedAt: number }> {
  try {
    const real = await realpath(file)
    const { dev, ino, size, mtimeNs, ctimeMs } = await stat(real, { bigint: true })
    return { print: `${file} ${real} ${dev} ${ino} ${size} ${mtimeNs}`, changedAt: Number(ctimeMs) }
  } catch {
    return { print: `${file} absent`, changedAt: 0 }
  }
}
