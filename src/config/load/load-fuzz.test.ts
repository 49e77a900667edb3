// Whatever a file holds, loading ends with a plan or with errors that have a place; and ten times the routes take ten times the work.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRegistry } from '../../pipeline/registry.ts'
import { loadConfig, type Loaded } from './load.ts'

const GOLDEN = join(import.meta.dirname, '../../../test/golden/config')
const samples = readdirSync(GOLDEN).flatMap((name) => {
  const file = readdirSync(join(GOLDEN, name)).find((each) => /^tidegate\.(?:yaml|json)$/.test(each))
  return file === undefined ? [] : [readFileSync(join(GOLDEN, name, file), 'utf8')]
})
const registry = createRegistry([])
const load = (stdin: string): Promise<Loaded> =>
  loadConfig({ files: ['-'], stdin, cwd: '/nowhere', env: { A: 'a' }, overrides: [], registry })

const scraps = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  ',',
  '!',
  '&a ',
  '*a',
  '#',
  '"',
  "'",
  '|',
  '>',
  '-',
  '\n',
  '\t',
  '  ',
  '? ',
  '<<: ',
  '${A}',
  '${',
  '$${',
  '__proto__',
  '~',
  '\u0000',
  '\ufeff',
  '\r\n',
  '---\n',
  '%',
]
const cut = fc.record({
  sample: fc.constantFrom(...samples),
  at: fc.nat(600),
  drop: fc.nat(12),
  put: fc.array(fc.constantFrom(...scraps), { maxLength: 3 }),
})

test('a broken file never breaks the loader: there is a plan, or there are errors with places inside the file', async () => {
  await fc.assert(
    fc.asyncProperty(cut, async ({ sample, at, drop, put }) => {
      const where = at % (sample.length + 1)
      const text = sample.slice(0, where) + put.join('') + sample.slice(where + drop)
      const { plan, findings } = await load(text)
      const errors = findings.filter(({ severity }) => severity === 'error')
      assert.equal(plan === undefined, errors.length > 0)
      const lines = text.split('\n').length
      for (const { file, line, column, message } of findings) {
        assert.ok(message.length > 0 && !message.includes('\0missing') && !/\bundefined\b|\[object /.test(message), message)
        if (file === '-') assert.ok(line >= 0 && line <= lines && (line === 0) === (column === 0), `${line}:${column} of ${lines}`)
      }
    }),
    { numRuns: 600, interruptAfterTimeLimit: 5_000, markInterruptAsFailure: false },
  )
})

test('work grows with the number of routes, not with its square', async () => {
  const text = (routes: number): string => {
    let out = 'version: 1\nservices:\n  s: { endpoints: [http://127.0.0.1:1] }\nroutes:\n'
    for (let i = 0; i < routes; i++) out += `  route-${i}:\n    match: GET /things-${i}/{id}\n    service: s\n    rewrite: /x/{id}\n`
    return out
  }
  const cost = async (routes: number): Promise<number> => {
    const before = process.cpuUsage()
    assert.equal((await load(text(routes))).plan?.routes.length, routes)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  await cost(500)
  const [small, large] = [await cost(500), await cost(5_000)]
  // Ten times the routes; a square would be a hundred times. Collections of garbage and the neighbours take the rest.
  assert.ok(large < 40 * small, `${small} µs for 500, ${large} µs for 5,000`)
})
