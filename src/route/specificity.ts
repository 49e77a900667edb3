// The order in which matches are looked at, for lists that people read: the most specific first, by config.md's **Matching**.
import { parsePathTemplate } from '../http/path-template.ts'
import type { WrittenMatch } from './explain.ts'
import { readPath, type ReadPath } from './explained-path.ts'

/** Negative when `a` stands before `b`; 0 for two that differ in nothing that counts. */
export function compareMatches(a: WrittenMatch, b: WrittenMatch): number {
  return (
    compareHosts(a.hosts, b.hosts) ||
    comparePaths(pathOf(a), pathOf(b)) ||
    Number(a.method === undefined) - Number(b.method === undefined) ||
    conditionsOf(b) - conditionsOf(a) ||
    compareTexts(a.method ?? '', b.method ?? '')
  )
}

const conditionsOf = ({ headers, query, when }: WrittenMatch): number => headers.length + query.length + (when === undefined ? 0 : 1)

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Exact names, then wildcards from the longest, then any; names among themselves by the alphabet. */
function compareHosts(a: readonly string[], b: readonly string[]): number {
  const rank = ([first]: readonly string[]): number => (first === undefined ? 2 : first.startsWith('*') ? 1 : 0)
  const [left, right] = [a.toSorted(compareTexts), b.toSorted(compareTexts)]
  if (rank(left) !== rank(right)) return rank(left) - rank(right)
  const longer = rank(left) === 1 ? (right[0] as string).length - (left[0] as string).length : 0
  return longer || compareTexts(left.join(), right.join())
}

function pathOf({ path }: WrittenMatch): ReadPath {
  const parsed = parsePathTemplate(path)
  return parsed.ok ? readPath(parsed.template) : { segments: [], rest: undefined }
}

/** Segment by segment: literal text by the alphabet, then parameters with text around them from the longest, then bare ones, then rests. */
function comparePaths(a: ReadPath, b: ReadPath): number {
  for (let i = 0; i < Math.min(a.segments.length, b.segments.length); i++) {
    const [left, right] = [a.segments[i] as ReadPath['segments'][number], b.segments[i] as ReadPath['segments'][number]]
    if (typeof left === 'string' && typeof right === 'string') {
      if (left !== right) return compareTexts(left, right)
    } else if (typeof left === 'string') return -1
    else if (typeof right === 'string') return 1
    else {
      const text = right.prefix.length + right.suffix.length - left.prefix.length - left.suffix.length
      const order = text || right.prefix.length - left.prefix.length || compareTexts(left.prefix + left.suffix, right.prefix + right.suffix)
      if (order !== 0) return order
    }
  }
  // Where one has no more segments: a rest stands behind what goes on, and an end before it.
  const length = a.segments.length - b.segments.length
  if (length === 0) return Number(a.rest !== undefined) - Number(b.rest !== undefined)
  return (length < 0 ? a : b).rest === undefined ? length : -length
}
