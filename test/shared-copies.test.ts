// The corpora and the example configurations are copies of what all developers share beside their checkouts: byte-identical, or stale.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const SHARED = join(ROOT, '../shared')
const skip = existsSync(join(SHARED, 'conformance')) ? false : 'no ../shared beside this checkout'

test('the conformance corpora equal the shared ones', { skip }, () => {
  const shared = globSync('*.json', { cwd: join(SHARED, 'conformance') })
  assert.ok(shared.length > 0)
  for (const name of shared) assertSame(join(ROOT, 'test/conformance', name), join(SHARED, 'conformance', name))
})

test("each story's configuration equals the shared scenario", { skip }, () => {
  const scenarios = globSync('*.yaml', { cwd: join(SHARED, 'scenarios') })
  assert.ok(scenarios.length > 0)
  for (const name of scenarios) {
    const story = basename(name, '.yaml').replace(/^\d+-/, '')
    const copy = join(ROOT, 'examples', story, 'tidegate.yaml')
    // A story's example arrives when the last of its capabilities exists.
    if (existsSync(copy)) assertSame(copy, join(SHARED, 'scenarios', name))
  }
})

function assertSame(copy: string, original: string): void {
  assert.ok(readFileSync(copy).equals(readFileSync(original)), `${copy} differs from ${original}`)
}
