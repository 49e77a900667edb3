// The secrets of the configurations that a process has loaded, kept out of its own words (A77): code of the operator's (a plugin, a condition)
// throws errors that quote its options, and what it throws is told in the log, in the outcome of a reload and in the last words.
import type { Loaded } from '../config/load/load.ts'
import { masker } from '../config/load/mask.ts'
import type { Secret } from '../config/load/node.ts'

/** Loads whose secrets are remembered: versions that still serve streams say words as well. */
const LOADS = 8

export class HiddenValues {
  #loads: readonly (readonly Secret[])[] = []
  #mask: ((text: string) => string) | undefined

  /** What was loaded is handed on as it is. */
  take<L extends Pick<Loaded, 'secrets'>>(loaded: L): L {
    if (loaded.secrets.length > 0) {
      this.#loads = [loaded.secrets, ...this.#loads].slice(0, LOADS)
      this.#mask = undefined
    }
    return loaded
  }

  /** The text without them. */
  readonly mask = (text: string): string => (this.#mask ??= masker(this.#loads.flat()))(text)
}
