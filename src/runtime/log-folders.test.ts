import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Loaded } from '../config/load/load.ts'
import { nowhere } from '../config/load/looked.ts'
import type { Plan } from '../config/plan.ts'
import { makeLogFolders, withLogFolders } from './log-folders.ts'

let folder = ''
before(() => (folder = mkdtempSync(join(tmpdir(), 'tidegate-folders-'))))
after(() => rmSync(folder, { recursive: true }))

const planOf = (state: string, ...paths: string[]): Pick<Plan, 'state' | 'accessLog'> => ({
  state,
  accessLog: { format: 'json', sinks: paths.map((path) => ({ type: 'file', path })), redact: { headers: [], query: [] }, service: 's' },
})

const modeOf = (path: string): string | undefined => statSync(path, { throwIfNoEntry: false })?.mode.toString(8).slice(-3)

test('folders of log files below the state are made, for this user alone; others are left to whoever named them', async () => {
  const state = join(folder, 'state')
  const plan = planOf(state, join(state, 'a/b/access.log'), join(folder, 'elsewhere/access.log'), join(folder, 'state-2/access.log'))
  assert.equal(await makeLogFolders(plan), undefined)
  for (const made of ['state', 'state/a', 'state/a/b']) assert.equal(modeOf(join(folder, made)), '700', made)
  for (const other of ['elsewhere', 'state-2']) assert.equal(modeOf(join(folder, other)), undefined, other)
  // Once more, and by two at once: what is there stays.
  assert.deepEqual(await Promise.all([makeLogFolders(plan), makeLogFolders(planOf(state, join(state, 'c/d/x.log')))]), [
    undefined,
    undefined,
  ])
})

test('without a log file nothing is made', async () => {
  const state = join(folder, 'unused')
  assert.equal(await makeLogFolders(planOf(state)), undefined)
  assert.equal(modeOf(state), undefined)
})

test('a folder that cannot be made is an error of the configuration, in one sentence', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const [state, reason] of [
    [file, 'a file is in the way'],
    [join(file, 'below'), 'a file is in the way'],
    [join(folder, 'n'.repeat(300)), 'its name is too long'],
    // Nobody can make anything there; Node's own recursive `mkdir` would never return.
    ...(process.platform === 'linux' ? [['/proc/state', 'nothing can be made there']] : []),
  ] as [string, string][]) {
    const plan = planOf(state, join(state, 'logs/access.log')) as Plan
    const { plan: none, findings, files } = await withLogFolders({ plan, findings: [], files: ['f'], looked: nowhere, secrets: [] })
    assert.equal(none, undefined)
    assert.deepEqual(files, ['f'])
    assert.deepEqual(
      findings.map(({ message, severity }) => `${severity} ${message}`),
      [
        `error the folder \`${join(state, 'logs')}\` of the access log cannot be made: ${reason}; \`state\` or TIDEGATE_STATE names another place`,
      ],
    )
  }
  const refused: Loaded = { plan: undefined, findings: [], files: [], looked: nowhere, secrets: [] }
  assert.equal(await withLogFolders(refused), refused)
})
