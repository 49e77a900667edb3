// The scenarios whose capabilities do not all exist yet, cut down to those that do: what was cut is listed here, key by key, and shrinks.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load/load.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { builtins } from '../../src/runtime/builtins.ts'

const HERE = import.meta.dirname
const SHARED = join(HERE, '../../../shared/scenarios')

/** Path of each key or item that a reduced scenario lacks. */
const TAKEN_OUT: Readonly<Record<string, readonly string[]>> = {
  '2-saas': [
    'admin',
    'defaults.policies.2.rate-limit',
    'routes.content.policies',
    'routes.socket.websocket',
    'services.content-api.balancer',
    'stores',
  ],
}

for (const [name, expected] of Object.entries(TAKEN_OUT)) {
  const reduced = join(HERE, `${name}.reduced.yaml`)

  test(`the reduced scenario ${name} is a valid configuration`, async () => {
    const { plan, findings } = await loadConfig({ files: [reduced], cwd: HERE, env: {}, overrides: [], registry: createRegistry(builtins) })
    assert.deepEqual(findings, [])
    assert.deepEqual(plan?.listeners, [{ name: 'web', address: '', port: 8080, protocols: ['http1'] }])
  })

  test(`the reduced scenario ${name} lacks exactly the keys listed`, (context) => {
    const whole = join(SHARED, `${name}.yaml`)
    if (!existsSync(whole)) return context.skip('the scenarios are not beside this checkout')
    const [full, cut] = [whole, reduced].map((path) => readFileSync(path, 'utf8')) as [string, string]
    assert.deepEqual(missing(parse(full), parse(cut), '').toSorted(), expected)
    const comments = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('#'))
    assert.deepEqual(comments(cut), comments(full))
    return undefined
  })
}

/** Paths that `full` has and `cut` has not; everything else must be equal. */
function missing(full: unknown, cut: unknown, path: string): string[] {
  if (typeof full !== 'object' || full === null) {
    assert.deepEqual(cut, full, path)
    return []
  }
  const [all, kept] = [full, cut].map((value) => new Map(Object.entries(value as object))) as [Map<string, unknown>, Map<string, unknown>]
  for (const key of kept.keys()) assert.ok(all.has(key), `${path}.${key} is new`)
  return [...all].flatMap(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`
    if (kept.has(key)) return missing(value, kept.get(key), here)
    // An item of a list is named by its only key.
    return Array.isArray(full) && typeof value === 'object' && value !== null ? Object.keys(value).map((each) => `${here}.${each}`) : [here]
  })
}
