// Sixty edits of a plugin, each taken by a reload under load: nothing fails, and memory stays but for what a version of code costs.
// node test/soak/plugin-edits.ts [EDITS]; the same number of reloads that change a route and no code is the control. Ends with 1 when
// anything failed, or when a version costs a worker more than 256 KiB beside what the control costs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Gateway, load } from '../integration/lifecycle/gateway.ts'

const edits = Number(process.argv[2] ?? 60)
const WORKERS = 2
const MOST = 256
const main = {
  module: fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
  args: (file: string): readonly string[] => ['start', '-c', file, '--workers', `${WORKERS}`],
}
const yaml = (route: number): string =>
  [
    'telemetry: { logs: { sinks: [] } }',
    'plugins: { own: ./code/own.ts }',
    'routes:',
    `  own: { match: GET /own, policies: [own], reply: { body: "${route}" } }`,
    '  other: { match: GET /ok, reply: { body: ok } }',
  ].join('\n')

/** As authors write them: a module of its own for the work, and a schema. */
function write(folder: string, version: number): void {
  mkdirSync(join(folder, 'code'), { recursive: true })
  writeFileSync(join(folder, 'code', 'text.ts'), `export const text: string = 'version ${version}'\n`)
  writeFileSync(
    join(folder, 'code', 'own.ts'),
    `import { definePolicy } from 'tidegate/plugin'
import { z } from 'zod'
import { text } from './text.ts'

export default definePolicy({
  name: 'own',
  schema: z.strictObject({}),
  create: () => ({ onResponse: (_, response) => response.headers.set('x-own', text) }),
})
`,
  )
}

/** KiB that the process grows by for each of `edits` changes, after as many that warm it up; and what failed. */
async function growth(change: (gateway: Gateway, n: number) => void): Promise<{ perChange: number; failed: number; answered: number }> {
  await using gateway = await Gateway.start({ yaml: yaml(0), main, prepare: (made) => write(made.folder, 0) })
  const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'latin1'))?.[1])
  const traffic = [load(gateway, 8), load(gateway, 4, '/own')]
  const samples: number[] = []
  let refused = 0
  for (let n = 1; n <= 2 * edits; n++) {
    change(gateway, n)
    if (!(await gateway.reload()).startsWith('reloaded')) refused++
    gateway.log = ''
    samples.push(rss())
  }
  const results = await Promise.all(traffic.map((one) => one.stop()))
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
  const tenth = Math.ceil(edits / 6)
  const perChange = (middle(samples.slice(-tenth)) - middle(samples.slice(edits - tenth, edits))) / edits
  return {
    perChange,
    failed: refused + results.reduce((sum, { failed }) => sum + failed.length, 0),
    answered: results.reduce((sum, { answered }) => sum + answered, 0),
  }
}

const control = await growth((gateway, n) => gateway.configure(yaml(n)))
const edited = await growth((gateway, n) => write(gateway.folder, n))
const perVersion = (edited.perChange - control.perChange) / WORKERS
console.log(
  `${edits} edits: ${edited.answered} answered, ${edited.failed} failed, ${edited.perChange.toFixed(0)} KiB a reload; ` +
    `control: ${control.answered} answered, ${control.failed} failed, ${control.perChange.toFixed(0)} KiB a reload; ` +
    `a version costs a worker ${perVersion.toFixed(0)} KiB (at most ${MOST})`,
)
process.exitCode = edited.failed + control.failed === 0 && perVersion <= MOST ? 0 : 1
