// The router against its slow, obvious twin (`explain.ts`): generated tables and requests prove that the table answers the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { METHODS } from '../http/method.ts'
import { CanonicalPath, canonicalPath } from '../http/uri.ts'
import { createRouteExplainer } from './explain.ts'
import { compareMatches } from './specificity.ts'
import type { RouteQuery } from './query.ts'
import { buildTable, RouteMatchResult, type RouteEntry, type RouteMatch } from './table.ts'

interface Answer {
  readonly outcome: string
  readonly route?: string
  readonly alternative?: number
  readonly params?: readonly string[]
  readonly allow?: readonly string[]
}

/** What the explanation says, in the form in which the table answers. */
function twin(entries: readonly RouteEntry<string>[], request: RouteQuery): Answer {
  const { outcome, route, alternative, params, allow, candidates } = createRouteExplainer(entries)(request)
  const alternatives = entries.reduce((sum, { match }) => sum + match.length, 0)
  assert.equal(candidates.length, alternatives, 'every alternative is told')
  assert.equal(candidates.filter(({ reason }) => reason === 'wins').length, outcome === 'route' ? 1 : 0)
  if (outcome === 'route') return { outcome, route, alternative, params: Object.values(params) }
  return outcome === 'no_route' ? { outcome } : { outcome, allow }
}

function viaTable(entries: readonly RouteEntry<string>[], request: RouteQuery): Answer {
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

test('in the order of lists the winner stands before all others that fit', () => {
  fc.assert(
    fc.property(routes, fc.array(request, { minLength: 4, maxLength: 10 }), (list, requests) => {
      const entries = settled(list)
      const matchOf = ({ route, alternative }: { route: string; alternative: number }): RouteMatch =>
        entries.find(({ name }) => name === route)?.match[alternative] as RouteMatch
      for (const raw of requests) {
        if (raw.method === 'HEAD' || canonicalPath(raw.path, canonical) !== undefined) continue
        const { candidates } = createRouteExplainer(entries)({ ...raw, path: canonical.path })
        const [winner, ...others] = candidates.filter(({ reason }) => reason === 'wins' || reason === 'specificity')
        // Of several hosts the one that was asked for counts, and a list does not know it.
        const several = [winner, ...others].some((one) => one !== undefined && matchOf(one).hosts.length > 1)
        if (winner === undefined || several) continue
        for (const other of others) assert.ok(compareMatches(matchOf(winner), matchOf(other)) < 0, `${winner.match} before ${other.match}`)
      }
    }),
    { numRuns: 200 },
  )
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
