// The router's slow, obvious twin: every route is tried against every request, and the rules of config.md's **Matching** are written
// down as one comparison. Generated tables and requests prove that the table answers the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { METHODS } from '../http/method.ts'
import { CanonicalPath, canonicalPath, hostOf } from '../http/uri.ts'
import { buildTable, RouteMatchResult, type RouteEntry, type RouteMatch, type RouteQuery } from './table.ts'

/** How a part of a template fares against a part of a path; compared from the left, the larger is the more specific. */
type Rank = readonly number[]

interface Way {
  readonly route: string
  readonly alternative: number
  readonly match: RouteMatch
  readonly rank: Rank
  readonly bound: ReadonlyMap<string, string>
}

const characters = (text: string): string[] => text.match(/%[0-9A-F]{2}|./g) ?? []

/** The rank and the values with which `template` matches `path`; undefined when it does not. */
function matchPath(template: string, path: string): { rank: Rank; bound: Map<string, string> } | undefined {
  const wanted = template.slice(1).split('/')
  const given = path === '/' ? [''] : path.slice(1).split('/')
  const rank: number[] = []
  const bound = new Map<string, string>()
  for (const [index, segment] of wanted.entries()) {
    const braces = /^(.*)\{(.*)\}(.*)$/.exec(segment)
    if (braces !== null && (braces[2] as string).endsWith('...')) {
      bound.set((braces[2] as string).slice(0, -3), given.slice(index).join('/'))
      return { rank: [...rank, 0], bound }
    }
    const text = given[index]
    if (text === undefined) return undefined
    if (braces === null) {
      if (segment !== text) return undefined
      rank.push(9_000)
      continue
    }
    const [before, name, after] = [characters(braces[1] as string), braces[2] as string, characters(braces[3] as string)]
    const units = characters(text)
    const value = units.slice(before.length, units.length - after.length)
    if (units.length <= before.length + after.length || units.join('') !== [...before, ...value, ...after].join('')) return undefined
    bound.set(name, value.join(''))
    rank.push(1 + 20 * (before.length + after.length) + before.length)
  }
  return wanted.length === given.length ? { rank: [...rank, 9_999], bound } : undefined
}

function hostRank(hosts: readonly string[], host: string): number | undefined {
  if (hosts.length === 0) return 0
  const ranks = hosts.map((wanted) => {
    if (wanted === host) return 9_999
    return wanted.startsWith('*.') && host.endsWith(wanted.slice(1)) && host.length > wanted.length - 1 ? wanted.length : -1
  })
  return Math.max(...ranks) < 0 ? undefined : Math.max(...ranks)
}

function conditionsHold(match: RouteMatch, request: RouteQuery): boolean {
  const lines = (name: string): string[] => request.fields.filter((_, i) => i % 2 === 1 && request.fields[i - 1] === name)
  const headers = match.headers.every(({ name, value }) => {
    const found = lines(name)
    return value === '*' ? found.length > 0 : found.length === 1 && found[0] === value
  })
  const values = (name: string): string[] => new URLSearchParams(request.query).getAll(name)
  return headers && match.query.every(({ name, value }) => values(name).length === 1 && (value === '*' || values(name)[0] === value))
}

const answers = (declared: string | undefined, method: string): boolean =>
  declared === undefined || declared === method || (declared === 'GET' && method === 'HEAD')

function twin(
  entries: readonly RouteEntry<string>[],
  request: RouteQuery,
): { outcome: string; route?: string; alternative?: number; params?: readonly string[]; allow?: string[] } {
  const ways: Way[] = []
  for (const { name, match: alternatives } of entries) {
    for (const [alternative, match] of alternatives.entries()) {
      const host = hostRank(match.hosts, hostOf(request.authority))
      const path = matchPath(match.path, request.path)
      if (host === undefined || path === undefined || !conditionsHold(match, request)) continue
      const method = match.method === undefined ? 0 : match.method === request.method ? 2 : 1
      const rank = [host, ...path.rank, method, match.headers.length + match.query.length]
      ways.push({ route: name, alternative, match, rank, bound: path.bound })
    }
  }
  const fitting = ways.filter(({ match }) => answers(match.method, request.method))
  const over = (a: Way, b: Way): boolean => entries.some(({ name, over: losers }) => name === a.route && losers.includes(b.route))
  const best = fitting.toSorted((a, b) => compare(b.rank, a.rank) || (over(a, b) ? -1 : over(b, a) ? 1 : a.alternative - b.alternative))[0]
  if (best !== undefined) {
    const entry = entries.find(({ name }) => name === best.route) as RouteEntry<string>
    const names = (match: RouteMatch): string[] => [...match.path.matchAll(/\{(\w+)/g)].map((found) => found[1] as string)
    const common = names(entry.match[0] as RouteMatch).filter((name) => entry.match.every((match) => names(match).includes(name)))
    return {
      outcome: 'route',
      route: best.route,
      alternative: best.alternative,
      params: common.map((name) => best.bound.get(name) as string),
    }
  }
  const allow = METHODS.filter((method) => ways.some(({ match }) => answers(match.method, method)))
  return allow.length > 0 ? { outcome: 'method_not_allowed', allow } : { outcome: 'no_route' }
}

function compare(a: Rank, b: Rank): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] ?? -1) - (b[i] ?? -1)
  return 0
}

function viaTable(entries: readonly RouteEntry<string>[], request: RouteQuery): ReturnType<typeof twin> {
  const result = new RouteMatchResult<string>()
  const outcome = buildTable(entries).table.match(request, result)
  if (outcome === 'route') return { outcome, route: result.route as string, alternative: result.alternative, params: result.params }
  return outcome === 'no_route' ? { outcome } : { outcome, allow: result.allow }
}

const templateSegment = fc.constantFrom('a', 'b', '', '{x}', '{x}', 'a{x}', '{x}b', 'a{x}b', '{x}1', '.{x}', '%C3%A1')
const pathTemplate = fc.tuple(fc.array(templateSegment, { maxLength: 4 }), fc.boolean()).map(([segments, rest]) => {
  const inner = segments.filter((segment, i) => segment !== '' || (i === segments.length - 1 && !rest))
  const named = inner.map((segment, i) => segment.replace('{x}', `{p${i}}`))
  return `/${[...named, ...(rest ? ['{rest...}'] : [])].join('/')}`
})
const conditions = (names: readonly string[]): fc.Arbitrary<{ name: string; value: string }[]> =>
  fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('1', '2', '*') }), {
    maxLength: 2,
    selector: ({ name }) => name,
  })
const routeMatch: fc.Arbitrary<RouteMatch> = fc.record({
  method: fc.constantFrom(undefined, undefined, 'GET', 'HEAD', 'POST'),
  path: pathTemplate,
  hosts: fc.constantFrom([], [], [], ['a.test'], ['*.test'], ['*.b.test', 'a.test']),
  headers: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, conditions(['x-a', 'x-b'])),
  query: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, conditions(['q', 'v'])),
})
const routes = fc
  .array(fc.tuple(fc.array(routeMatch, { minLength: 1, maxLength: 2 }), fc.nat(11)), { minLength: 1, maxLength: 12 })
  .map((list) =>
    list.map(([match, over], i): RouteEntry<string> => ({ name: `r${i}`, match, over: over < i ? [`r${over}`] : [], value: `r${i}` })),
  )
const rawPath = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'aab', 'a1', '%c3%a1', '', 'axb', '.a', '%41', '..', 'x'), { maxLength: 5 })
  .map((segments) => `/${segments.join('/')}`)
const fields = fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b'), fc.constantFrom('1', '2')), { maxLength: 3 }).map((pairs) => pairs.flat())
const query = fc
  .array(fc.constantFrom('q=1', 'q=2', 'v=1', 'q', '%71=1', 'v=%31', 'q=1;v=1', ''), { maxLength: 3 })
  .map((parts) => parts.join('&'))
const request = fc.record({
  authority: fc.constantFrom('', 'a.test', 'a.test:8080', 'x.b.test', 'c.test', 'other'),
  method: fc.constantFrom(...METHODS),
  path: rawPath,
  query,
  fields,
})

const canonical = new CanonicalPath()

/** Entries of which none is in question with another, as a checked configuration has them. */
function settled(entries: readonly RouteEntry<string>[]): readonly RouteEntry<string>[] {
  const kept: RouteEntry<string>[] = []
  for (const entry of entries) {
    const candidate = { ...entry, over: entry.over.filter((name) => kept.some((other) => other.name === name)) }
    if (buildTable([...kept, candidate]).problems.length === 0) kept.push(candidate)
  }
  return kept
}

test('A28 the table answers as its slow twin does, by the canonical path', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(routes, fc.array(request, { minLength: 4, maxLength: 10 }), (list, requests) => {
      const entries = settled(list)
      for (const raw of requests) {
        if (canonicalPath(raw.path, canonical) !== undefined) continue
        const asked = { ...raw, path: canonical.path }
        const expected = twin(entries, asked)
        assert.deepEqual(viaTable(entries, asked), expected)
        seen.set(expected.outcome, (seen.get(expected.outcome) ?? 0) + 1)
      }
    }),
    { numRuns: 400 },
  )
  for (const outcome of ['route', 'no_route', 'method_not_allowed']) assert.ok((seen.get(outcome) ?? 0) > 50, `hardly ever ${outcome}`)
})

test('A28 every spelling of a path takes the route of its canonical spelling', () => {
  const entries: RouteEntry<string>[] = ['/a/{x}', '/a/b', '/{x}/a', '/{rest...}', '/a/ab/', '/A/{x}.a'].map((path, i) => ({
    name: `r${i}`,
    match: [{ method: undefined, path, hosts: [], headers: [], query: [] }],
    over: [],
    value: path,
  }))
  const { table } = buildTable(entries)
  const result = new RouteMatchResult<string>()
  const route = (path: string): string | undefined => {
    assert.equal(table.match({ authority: '', method: 'GET', path, query: '', fields: [] }, result), 'route')
    return `${result.route} ${result.params.join(' ')}`
  }
  fc.assert(
    fc.property(rawPath, (raw) => {
      if (canonicalPath(raw, canonical) !== undefined) return
      const path = canonical.path
      const escaped = path.replaceAll(/%..|[a-zA-Z.]/g, (c) => (c.length > 1 ? c.toLowerCase() : `%${c.charCodeAt(0).toString(16)}`))
      const expected = route(path)
      for (const spelling of [escaped, path.replaceAll('/', '/./'), path.replaceAll('/', '//'), `/z/..${path}`, `/%7A/%2e%2E/${escaped}`]) {
        assert.equal(canonicalPath(spelling, canonical), undefined)
        assert.equal(canonical.path, path)
        assert.equal(route(canonical.path), expected)
      }
    }),
    { numRuns: 500 },
  )
})
