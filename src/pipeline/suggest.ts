// "Did you mean": the known name that an unknown one is most likely a slip of.

/** The nearest of `known` to `name`, as ` (did you mean …?)`; '' when none is near (more than a third of its letters differ). */
export function suggestion(name: string, known: Iterable<string>): string {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const each of known) {
    const away = distance(name, each)
    if (away < least) [best, least] = [each, away]
  }
  return best === undefined ? '' : ` (did you mean \`${best}\`?)`
}

/** Edits between two names: insertions, deletions, substitutions (Levenshtein), by one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + same))
    }
    row = next
  }
  return row[b.length] as number
}
