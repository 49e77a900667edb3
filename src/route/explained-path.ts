// A path held against a template, segment by segment, in the words of config.md, **Matching**: the slow twin of the tree's search.
import type { ParamSegment, PathTemplate } from '../http/path-template.ts'

/** A template in the form in which it is compared. */
export interface ReadPath {
  readonly segments: readonly (string | ReadParam)[]
  readonly rest: string | undefined
}

interface ReadParam extends ParamSegment {
  /** The characters before and after the parameter; an escape is one. */
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** `rank`: one number a segment and one for the end; compared from the left, the larger is the more specific. */
export type PathVerdict =
  | { readonly fits: true; readonly rank: readonly number[]; readonly bound: ReadonlyMap<string, string> }
  /** `common`: leading segments that agree; `missing`: by how many the lengths differ. */
  | { readonly fits: false; readonly why: string; readonly common: number; readonly missing: number }

const LITERAL = 3_000_000_000
const PARAM = 1_000_000_000

/** The characters of canonical text; an escape is one. */
const charactersOf = (text: string): string[] => text.match(/%[0-9A-F]{2}|[^]/g) ?? []

/** The segments of a canonical path; `/` has one, which is empty. */
export const segmentsOf = (path: string): string[] => path.slice(1).split('/')

export function readPath({ segments, rest }: PathTemplate): ReadPath {
  const read = segments.map((segment) =>
    typeof segment === 'string' ? segment : { ...segment, before: charactersOf(segment.prefix), after: charactersOf(segment.suffix) },
  )
  return { segments: read.length === 0 && rest === undefined ? [''] : read, rest }
}

/** Holds a canonical path (or `*`, which no template fits) against a template. */
export function matchPath({ segments, rest }: ReadPath, path: string): PathVerdict {
  if (!path.startsWith('/')) return { fits: false, why: `the request names no path, but \`${path}\``, common: 0, missing: segments.length }
  const given = segmentsOf(path)
  const rank: number[] = []
  const bound = new Map<string, string>()
  const fails = (common: number, wanted: string, got: string | undefined): PathVerdict => ({
    fits: false,
    why: `segment ${common + 1} of the path would have to be ${wanted}, not ${got === undefined ? 'left out' : `\`${got}\``}`,
    common,
    missing: Math.abs(given.length - segments.length),
  })
  for (const [index, segment] of segments.entries()) {
    const text = given[index]
    if (typeof segment === 'string') {
      if (segment !== text) return fails(index, segment === '' ? 'empty (a slash at the end)' : `\`${segment}\``, text)
      rank.push(LITERAL)
      continue
    }
    const value = text === undefined ? undefined : valueOf(segment, text)
    if (value === undefined) return fails(index, `\`${segment.prefix}{${segment.name}}${segment.suffix}\``, text)
    bound.set(segment.name, value)
    rank.push(PARAM + 10_000 * (segment.prefix.length + segment.suffix.length) + segment.prefix.length)
  }
  if (rest === undefined) {
    if (segments.length < given.length) return fails(segments.length, 'left out', given[segments.length])
    return { fits: true, rank: [...rank, LITERAL], bound }
  }
  bound.set(rest, given.slice(segments.length).join('/'))
  return { fits: true, rank: [...rank, 0], bound }
}

/** What the parameter takes of a segment; undefined when the text around it is not there, or nothing is left. */
function valueOf({ before, after }: ReadParam, text: string): string | undefined {
  const characters = charactersOf(text)
  const end = characters.length - after.length
  if (end <= before.length) return undefined
  const fits = before.every((one, i) => characters[i] === one) && after.every((one, i) => characters[end + i] === one)
  return fits ? characters.slice(before.length, end).join('') : undefined
}
