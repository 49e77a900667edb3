import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { definePolicy, type OrderRule } from './policy.ts'
import { createRegistry } from './registry.ts'
import { resolvePolicies, type ListedPolicy, type ResolveInput } from './resolve.ts'

const kind = (name: string, more: { order?: OrderRule; adds?: boolean; security?: boolean; needsOptions?: boolean } = {}) =>
  definePolicy({
    name,
    schema: more.needsOptions === true ? z.strictObject({ roles: z.array(z.string()) }) : z.strictObject({}),
    create: () => ({}),
    ...more,
  })

const registry = createRegistry([
  kind('request-id'),
  kind('cors', { order: { above: ['login'] } }),
  kind('login', { security: true }),
  kind('permit', { security: true, adds: true, needsOptions: true, order: { below: ['login'] } }),
  kind('headers', { adds: true }),
  kind('compress', { order: { above: ['transform', 'not-installed'] } }),
  kind('transform', { adds: true }),
])

const listed = (origin: string, ...kinds: (string | { kind: string; set?: string; options?: unknown })[]): ListedPolicy[] =>
  kinds.map((each, index) => {
    const entry = typeof each === 'string' ? { kind: each } : each
    const options = 'options' in entry ? entry.options : entry.kind === 'permit' ? { roles: ['editor'] } : undefined
    return { origin, path: `${origin}.policies.${index}`, ...entry, options }
  })

const resolve = (input: Partial<ResolveInput>) =>
  resolvePolicies({ inherited: [], own: [], without: [], public: false, registry, path: 'routes.a', ...input })
const shape = (list: readonly ListedPolicy[]): string[] => list.map((entry) => `${entry.kind}@${entry.origin}`)
const messages = (input: Partial<ResolveInput>): string[] => resolve(input).problems.map(({ path, message }) => `${path}: ${message}`)

test('restating a kind replaces the inherited one in place, and kinds that add stand at the end', () => {
  const inherited = listed('defaults', 'request-id', 'headers', 'cors')
  const { list, problems } = resolve({ inherited, own: listed('routes.a', 'headers', 'request-id', 'compress') })
  assert.deepEqual(problems, [])
  assert.deepEqual(shape(list), ['request-id@routes.a', 'headers@defaults', 'cors@defaults', 'headers@routes.a', 'compress@routes.a'])
})

test('`without` takes a kind or everything that a set brought', () => {
  const inherited = listed('defaults', { kind: 'request-id', set: 'edge' }, { kind: 'cors', set: 'edge' }, 'headers', 'headers')
  assert.deepEqual(shape(resolve({ inherited, without: ['headers'] }).list), ['request-id@defaults', 'cors@defaults'])
  assert.deepEqual(shape(resolve({ inherited, without: ['edge'] }).list), ['headers@defaults', 'headers@defaults'])
})

test('`without` something that is not inherited is a problem that says what is', () => {
  const inherited = listed('defaults', { kind: 'cors', set: 'edge' }, 'headers')
  assert.deepEqual(messages({ inherited, without: ['header'] }), [
    'routes.a.without.0: `header` is not inherited (did you mean `headers`?)',
  ])
  assert.deepEqual(messages({ inherited, without: ['cors', 'geo-fence'] }), [
    'routes.a.without.1: `geo-fence` is not inherited: inherited are cors, edge, headers',
  ])
  assert.deepEqual(messages({ own: listed('routes.a', 'cors'), without: ['cors'] }), [
    'routes.a.without.0: `cors` is not inherited: nothing is inherited here',
  ])
})

test('A105 `without` never takes authentication away, by its name or by the set that brought it', () => {
  const inherited = listed('defaults', 'request-id', { kind: 'login', set: 'edge' })
  for (const without of ['login', 'edge']) {
    const { list, problems } = resolve({ inherited, without: [without] })
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.message ?? '', /can only be taken away by `public: true`/)
    assert.ok(shape(list).includes('login@defaults'), 'and it is still there')
  }
})

test('A105 `public: true` takes the inherited security kinds away and leaves the own ones', () => {
  const inherited = listed('defaults', 'request-id', 'login', 'permit')
  const own = listed('routes.a', 'permit')
  assert.deepEqual(resolve({ inherited, own, public: true }), { list: [inherited[0], own[0]], problems: [] })
  assert.deepEqual(resolve({ inherited, public: true, without: ['login'] }).problems, [], 'saying both is no contradiction')
})

test('A105 a policy whose options were left empty is a problem and no policy', () => {
  const bare = messages({ own: listed('routes.a', { kind: 'permit', options: undefined }) })
  assert.deepEqual(bare, ['routes.a.policies.0: `permit` has no options: say its options, or remove it'])
  const { list, problems } = resolve({ own: listed('routes.a', { kind: 'cors', options: null }) })
  assert.deepEqual(list, [])
  assert.match(problems[0]?.message ?? '', /write `cors` without a colon/)
})

test('A105 a list in the wrong order is a problem that prints the right list', () => {
  assert.deepEqual(messages({ own: listed('routes.a', 'request-id', 'permit', 'headers', 'login') }), [
    'routes.a.policies.3: `login` must stand above `permit`; the right list is request-id, headers, login, permit',
  ])
})

test('A105 order is checked across levels, and what must move elsewhere is named with its origin', () => {
  const inherited = listed('defaults', 'request-id', 'login')
  assert.deepEqual(messages({ inherited, own: listed('routes.a', 'cors') }), [
    'routes.a.policies.0: `cors` must stand above `login`; the right list is request-id (defaults), cors, login (defaults)',
  ])
})

test('a violation that the level only inherited is told where it was written, not again', () => {
  const inherited = listed('defaults', 'permit', 'login')
  assert.deepEqual(messages({ inherited, own: listed('routes.a', 'headers') }), [])
  assert.equal(messages({ own: inherited }).length, 1)
})

test('order names kinds that are not installed without harm', () => {
  assert.deepEqual(messages({ own: listed('routes.a', 'compress', 'transform') }), [])
  assert.equal(messages({ own: listed('routes.a', 'transform', 'compress') }).length, 1)
})

test('rules that contradict each other are said to', () => {
  const odd = createRegistry([kind('a', { order: { above: ['b'] } }), kind('b', { order: { above: ['a'] } })])
  const { problems } = resolve({ own: listed('routes.a', 'a', 'b'), registry: odd })
  assert.match(problems[0]?.message ?? '', /contradict each other/)
})

test('an unknown kind is a problem with a suggestion', () => {
  assert.deepEqual(messages({ own: listed('routes.a', 'request_id', 'zzz') }), [
    'routes.a.policies.0: there is no policy `request_id` (did you mean `request-id`?)',
    'routes.a.policies.1: there is no policy `zzz`',
  ])
})

test('a kind stated twice in one list is a problem, but a list may restate what its own set brought', () => {
  assert.deepEqual(messages({ own: listed('routes.a', 'cors', 'cors') }), [
    'routes.a.policies.1: `cors` is stated twice in this list: first at routes.a.policies.0',
  ])
  const { list, problems } = resolve({ own: listed('routes.a', { kind: 'cors', set: 'edge' }, 'request-id', 'cors') })
  assert.deepEqual(problems, [])
  assert.deepEqual(
    list.map(({ path }) => path),
    ['routes.a.policies.2', 'routes.a.policies.1'],
  )
})

test('names from a file that are properties of objects are just unknown', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.match(messages({ own: listed('routes.a', name) })[0] ?? '', /there is no policy/)
    assert.match(messages({ without: [name] })[0] ?? '', /is not inherited/)
  }
})

test('two policies of one name are a load error', () => {
  assert.throws(() => createRegistry([kind('a'), kind('a')]), /two policies have the name `a`/)
})
