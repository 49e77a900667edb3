// The folders in which a configuration's files lie, watched one by one. A watch is of a folder, not of its name: one that was deleted and
// made again is watched anew, and while it is missing the nearest that is there.
import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export class WatchedFolders {
  readonly #stirred: () => void
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>()
  #ended = false

  /** `stirred` is called when anything happens in one of them. */
  constructor(stirred: () => void) {
    this.#stirred = stirred
  }

  /** Watches the folders of `files` and of `globs`, their parents (where links are swapped), and no others any more. */
  async watch(files: readonly string[], globs: readonly string[]): Promise<void> {
    const wanted = new Set<string>()
    for (const folder of new Set([...files.map((file) => dirname(file)), ...globs.map(rootOf)])) {
      for (const each of [folder, dirname(folder)]) wanted.add(await nearest(each))
    }
    const identities = await Promise.all([...wanted].map(async (folder) => [folder, await identityOf(folder)] as const))
    if (this.#ended) return
    for (const [folder, { identity }] of this.#watchers)
      if (!identities.some(([name, now]) => name === folder && now === identity)) this.#close(folder)
    for (const [folder, identity] of identities) if (identity !== undefined && !this.#watchers.has(folder)) this.#open(folder, identity)
  }

  end(): void {
    this.#ended = true
    for (const folder of this.#watchers.keys()) this.#close(folder)
  }

  #open(folder: string, identity: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, this.#stirred)
      watcher.on('error', () => this.#close(folder))
      this.#watchers.set(folder, { watcher, identity })
    } catch {
      // Gone, or no watches left: whoever looks from time to time sees changes.
    }
  }

  #close(folder: string): void {
    this.#watchers.get(folder)?.watcher.close()
    this.#watchers.delete(folder)
  }
}

/** The folder below which a pattern's files lie: `/etc/teams` for `/etc/teams/*.yaml`. */
function rootOf(pattern: string): string {
  const magic = pattern.search(/[*?[\]{}]/)
  return dirname(magic < 0 ? pattern : `${pattern.slice(0, magic)}_`)
}

async function nearest(folder: string): Promise<string> {
  const above = dirname(folder)
  return above === folder || (await identityOf(folder)) !== undefined ? folder : nearest(above)
}

async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}
