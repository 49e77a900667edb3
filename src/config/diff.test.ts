import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry } from '../pipeline/registry.ts'
import { describeAddresses, describeDiff, diffPlans } from './diff.ts'
import { loadConfig } from './load/load.ts'
import type { Plan } from './plan.ts'

const plan = async (routes: Record<string, string>, more = ''): Promise<Plan> => {
  const lines = Object.entries(routes).map(([name, text]) => `  ${name}: { ${text} }\n`)
  const stdin = `version: 1\nservices: { s: { endpoints: [http://127.0.0.1:1] } }\n${more}routes:\n${lines.join('')}`
  const loaded = await loadConfig({ files: ['-'], stdin, cwd: '/', env: {}, overrides: [], registry: createRegistry([]) })
  assert.ok(loaded.plan, JSON.stringify(loaded.findings))
  return loaded.plan
}

test('equal plans differ in nothing, whatever their version', async () => {
  const before = await plan({ a: 'match: /a, service: s' })
  const diff = diffPlans(before, { ...before, version: 7, hash: 'other' })
  assert.equal(diff.same, true)
  assert.equal(describeDiff(diff), 'nothing')
})

test('what came, went and changed is told by name', async () => {
  const before = await plan({ a: 'match: /a, service: s', b: 'match: /b, service: s', c: 'match: /c, service: s' })
  const after = await plan(
    { c: 'match: /c, service: s', b: 'match: /b2, service: s', d: 'match: /d, service: s' },
    'limits: { headers: 50 }\nlisteners: { web: { port: 8081 } }\n',
  )
  const diff = diffPlans(before, after)
  assert.deepEqual(diff.routes, { added: ['d'], removed: ['a'], changed: ['b'] })
  assert.deepEqual(diff.services, { added: [], removed: [], changed: [] })
  assert.deepEqual(diff.sections, ['limits'])
  assert.equal(describeDiff(diff), 'listeners: ~1 (web); routes: +1 (d) −1 (a) ~1 (b); limits')
})

test('a long list of names is cut, and counted', async () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`r${i}`, `match: /r${i}, service: s`]))
  assert.equal(
    describeDiff(diffPlans(await plan({ a: 'match: /a, service: s' }), await plan({ a: 'match: /a, service: s', ...many }))),
    'routes: +9 (r0, r1, r2, r3, r4, …)',
  )
})

test('addresses that came and went are told, whatever the listeners are called', () => {
  const listening = (...listeners: readonly { address: string; port: number }[]): Plan => ({ listeners }) as unknown as Plan
  const [any, six] = [
    { address: '', port: 9000 },
    { address: '::1', port: 9001 },
  ]
  assert.equal(describeAddresses(listening(any), listening(any)), '')
  assert.equal(describeAddresses(listening(any), listening(six)), 'listens on [::1]:9001 now, no longer on *:9000')
  assert.equal(describeAddresses(listening(any, six), listening(any)), 'listens no longer on [::1]:9001')
})
