// "Did you mean": the known name that an unknown one is most likely a slip of.
import { editDistance } from '../base/edit-distance.ts'

/** The nearest of `known` to `name`, as ` (did you mean …?)`; '' when none is near (more than a third of its letters differ). */
export function suggestion(name: string, known: Iterable<string>): string {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const each of known) {
    const away = editDistance(name, each, least)
    if (away < least) [best, least] = [each, away]
  }
  return best === undefined ? '' : ` (did you mean \`${best}\`?)`
}
