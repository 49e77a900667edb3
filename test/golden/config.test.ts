// Every kind of mistake, and what is said about it; and configurations beside the plans that they come to. `config/NAME/` holds the files
// as a user would have them, `env.json` and `set.txt` (one `--set` a line) where the case needs them, `expected.txt` with the findings,
// and `plan.json` where there are no errors. UPDATE=1 writes the expected files anew: read the difference before it is committed.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig, type Loaded } from '../../src/config/load/load.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { builtins } from '../../src/runtime/builtins.ts'

const ROOT = join(import.meta.dirname, 'config')
const UPDATE = process.env['UPDATE'] === '1'
const registry = createRegistry(builtins)

const load = (folder: string): Promise<Loaded> => {
  const optional = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined
  return loadConfig({
    files: undefined,
    cwd: folder,
    env: JSON.parse(optional('env.json') ?? '{}') as Record<string, string>,
    overrides: (optional('set.txt') ?? '').split('\n').filter((line) => line !== ''),
    registry,
  })
}

const spelled = ({ findings }: Loaded): string =>
  findings
    .map(
      ({ file, line, column, path, severity, message }) =>
        `${file}:${line}:${column} ${path}  ${severity === 'warning' ? 'warning: ' : ''}${message}\n`,
    )
    .join('')

/** The plan without what differs between machines. */
const portable = ({ plan }: Loaded, folder: string): string =>
  JSON.stringify({ ...plan, hash: undefined, warnings: undefined }, (key, value: unknown) => (key === 'source' ? undefined : value), 2).replaceAll(folder, '<folder>') + '\n'

function expect(path: string, actual: string | undefined): void {
  if (UPDATE && actual === undefined) rmSync(path, { force: true })
  else if (UPDATE) writeFileSync(path, actual as string)
  else assert.equal(actual, existsSync(path) ? readFileSync(path, 'utf8') : undefined)
}

for (const name of readdirSync(ROOT)) {
  test(`configuration ${name}`, async () => {
    const folder = join(ROOT, name)
    const loaded = await load(folder)
    expect(join(folder, 'expected.txt'), spelled(loaded).replaceAll(folder, '<folder>'))
    expect(join(folder, 'plan.json'), loaded.plan === undefined ? undefined : portable(loaded, folder))
    assert.equal(
      loaded.plan === undefined,
      loaded.findings.some(({ severity }) => severity === 'error'),
      'a plan exists exactly when there is no error',
    )
    assert.equal(/hunter|canary/.test(spelled(loaded)), false, 'A77 no secret shows')
  })
}
