// What other gateways and routers write in a path, and here is plain text that would match, or name, nothing.

interface Spelling {
  readonly pattern: RegExp
  readonly meant: (found: string) => string
}

const WILDCARD: Spelling = {
  pattern: /(?<=\/)\*{1,2}(?=\/|$)/,
  meant: () => 'what lies below is written `{rest...}`, one segment `{name}`',
}
const COLON: Spelling = { pattern: /(?<=\/):[A-Za-z_]\w*(?=\/|$)/, meant: (found) => `a parameter is written \`{${found.slice(1)}}\`` }
const DOLLAR: Spelling = { pattern: /\$(?:[0-9]|[A-Za-z_]\w*)/, meant: () => 'a parameter of the route is written `{name}`' }

/** A sentence on what a `match` holds of them, for a warning; `at` is its offset. */
export const foreignInMatch = (path: string): { message: string; at: number } | undefined => first(path, [WILDCARD, COLON])

/** The same for what a rewrite or redirect names. */
export const foreignInTarget = (path: string): { message: string; at: number } | undefined => first(path, [COLON, DOLLAR])

function first(path: string, spellings: readonly Spelling[]): { message: string; at: number } | undefined {
  for (const { pattern, meant } of spellings) {
    const found = pattern.exec(path)
    if (found !== null) return { message: `\`${found[0]}\` is taken as it stands; ${meant(found[0])}`, at: found.index }
  }
  return undefined
}
