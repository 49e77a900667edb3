// Which routes a request that matched none was probably meant for. Every alternative gets one cheap look, and only the few that come near are
// compared letter by letter: 10,000 routes cost a few milliseconds.
import { editDistance } from '../base/edit-distance.ts'
import { hostOf } from '../http/uri.ts'
import { writtenMatch, type ExplainableRoute } from './explain.ts'
import { matchPath, readPath, segmentsOf, type ReadPath } from './explained-path.ts'
import type { RouteMatch } from './table.ts'
import { readTemplates } from './templates.ts'

export interface NearRoute {
  readonly route: string
  /** The alternative in one line. */
  readonly match: string
  /** What would have to be otherwise, as a clause. */
  readonly why: string
}

interface Template {
  readonly route: string
  readonly match: RouteMatch
  readonly path: ReadPath
}

/** How many are compared letter by letter. */
const CLOSE_LOOKS = 32

/** What `nearest` reads of a request: its canonical authority and path. */
export interface Astray {
  readonly authority: string
  readonly path: string
}

/** Reads the routes once; what comes back gives the at most `most` nearest to a request, nearest first, each route once. */
export function createNearest(routes: readonly ExplainableRoute[], most = 3): (request: Astray) => NearRoute[] {
  const templates = routes.flatMap((route) => {
    const { each } = readTemplates(route.match)
    return route.match.flatMap((match, i): Template[] => {
      const template = each[i]
      return template === undefined ? [] : [{ route: route.name, match, path: readPath(template) }]
    })
  })
  return ({ authority, path }) => {
    if (!path.startsWith('/')) return []
    const host = hostOf(authority)
    const given = segmentsOf(path)
    const close: { readonly template: Template; readonly score: number }[] = []
    for (const template of templates) {
      const score = glance(template, host, given)
      if (close.length === CLOSE_LOOKS && score <= (close.at(-1)?.score ?? 0)) continue
      const at = close.findIndex((other) => other.score < score)
      close.splice(at === -1 ? close.length : at, 0, { template, score })
      if (close.length > CLOSE_LOOKS) close.pop()
    }
    const found = new Map<string, NearRoute & { readonly score: number }>()
    for (const { template, score } of close) {
      const near = look(template, host, path, given, score)
      if (near !== undefined && near.score > (found.get(template.route)?.score ?? -Infinity)) found.set(template.route, near)
    }
    return [...found.values()]
      .toSorted((a, b) => b.score - a.score)
      .slice(0, most)
      .map(({ route, match, why }) => ({ route, match, why }))
  }
}

const covers = (match: RouteMatch, host: string): boolean =>
  match.hosts.length === 0 || match.hosts.some((one) => one === host || (one.startsWith('*.') && host.endsWith(one.slice(1))))

/** Points for segments that agree where they stand, fewer for what is missing or too much. */
function glance({ match, path }: Template, host: string, given: readonly string[]): number {
  let score = covers(match, host) ? 5 : 0
  const { segments, rest } = path
  for (let i = 0; i < segments.length && i < given.length; i++) {
    const segment = segments[i] as ReadPath['segments'][number]
    if (typeof segment === 'string') score += segment === given[i] ? 10 : -4
    else if (given[i] !== '') score += 3
  }
  return score - 4 * Math.max(0, segments.length - given.length, rest === undefined ? given.length - segments.length : 0)
}

/** Letter by letter; undefined for what nobody could have meant. */
function look(
  { route, match, path }: Template,
  host: string,
  whole: string,
  given: readonly string[],
  score: number,
): (NearRoute & { readonly score: number }) | undefined {
  const near = (why: string, more: number): NearRoute & { readonly score: number } => ({
    route,
    match: writtenMatch(match),
    why,
    score: score + more,
  })
  const verdict = matchPath(path, whole)
  if (verdict.fits)
    return covers(match, host) ? near('its conditions do not hold', 20) : near(`it is for ${match.hosts.join(', ')}, not ${host}`, 15)
  const { segments, rest } = path
  const differing = segments.flatMap((segment, i) => (segment === given[i] || typeof segment !== 'string' ? [] : [i]))
  const tooLong = rest === undefined && given.length > segments.length
  const [only] = differing
  if (differing.length === 1 && only !== undefined && !tooLong && given.length >= segments.length) {
    const [wanted, got] = [segments[only] as string, given[only] as string]
    const most = Math.max(1, Math.floor(Math.max(wanted.length, got.length) / 3))
    const edits = editDistance(wanted.toLowerCase(), got.toLowerCase(), most)
    if (edits <= most) return near(`segment ${only + 1} is \`${wanted}\`, not \`${got}\``, 12 - edits)
  }
  // A slash too much or too little is the commonest slip of all.
  const [longer, shorter] = given.length > segments.length ? [given, segments] : [segments, given]
  if (longer.length === shorter.length + 1 && longer.at(-1) === '' && differing.every((i) => i >= shorter.length))
    return near(given.length > segments.length ? 'it has no slash at the end' : 'it has a slash at the end', 16)
  return verdict.common > 0 && segments[0] === given[0] ? near(verdict.why, 0) : undefined
}
