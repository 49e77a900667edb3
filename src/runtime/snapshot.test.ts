import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { createRegistry } from '../pipeline/registry.ts'
import { RouteMatchResult } from '../route/table.ts'
import type { ServedRoute } from '../serve/snapshot.ts'
import { builtins } from './builtins.ts'
import { buildSnapshot } from './snapshot.ts'

const registry = createRegistry(builtins)

async function planOf(yaml: string): Promise<Plan> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-snapshot-'))
  try {
    writeFileSync(join(folder, 'tidegate.yaml'), `version: 1\n${yaml}`)
    const { plan, findings } = await loadConfig({ files: ['tidegate.yaml'], cwd: folder, env: {}, overrides: [], registry })
    assert.ok(plan, JSON.stringify(findings))
    return plan
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a route is made with the parameters that every alternative binds, in the order in which the table fills them', async () => {
  const plan = await planOf(`
routes:
  one: { match: "/one/{a}/{b}", reply: { status: 200 } }
  rest: { match: "/rest/{a}/{more...}", reply: { status: 200 } }
  turned: { match: ["/there/{a}/{b}/{c}", "/back/{b}/{a}"], reply: { status: 200 } }
  none: { match: ["/none/{a}", /none], reply: { status: 200 } }
`)
  const deps = { services: new Map(), registry, clock: systemClock, loopId: 'test', report: () => {} }
  const { table } = buildSnapshot(plan, deps)
  const filled = (path: string): Record<string, string> => {
    const result = new RouteMatchResult<ServedRoute>()
    assert.equal(table.match({ authority: 'gw.test', method: 'GET', path, query: '', fields: [] }, result), 'route')
    const params = result.route?.params ?? []
    return Object.fromEntries(params.map((name, i) => [name, result.params[i] ?? '']))
  }
  assert.deepEqual(filled('/one/1/2'), { a: '1', b: '2' })
  assert.deepEqual(filled('/rest/1/2/3'), { a: '1', more: '2/3' })
  assert.deepEqual(filled('/there/1/2/3'), { a: '1', b: '2' })
  assert.deepEqual(filled('/back/1/2'), { a: '2', b: '1' })
  assert.deepEqual(filled('/none/1'), {})
})
