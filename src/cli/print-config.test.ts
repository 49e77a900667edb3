import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const CLI = join(import.meta.dirname, 'main.ts')
let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-print-'))
  mkdirSync(join(folder, 'teams'))
  writeFileSync(
    join(folder, 'tidegate.yaml'),
    'version: 1\ninclude: [teams/*.yaml]\nlisteners:\n  web: { port: "${PORT:-8081}" }\nx-note: nobody reads this\n',
  )
  writeFileSync(join(folder, 'teams/a.yaml'), 'routes:\n  a:\n    match: GET /a\n    reply: { body: "${BODY:-said}" }\n')
})
after(() => rmSync(folder, { recursive: true }))

const tidegate = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [CLI, 'print-config', ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, BODY: 'canary' } })

test('print-config unites the files and puts values in; --origins says where each stands', () => {
  const { status, stdout } = tidegate('--origins', '--set', 'listeners.web.address=127.0.0.1')
  assert.equal(status, 0)
  assert.equal(
    stdout,
    `version: 1 # tidegate.yaml:1
listeners:
  web:
    port: 8081 # tidegate.yaml:4
    address: 127.0.0.1 # --set listeners.web.address
routes:
  a:
    match: GET /a # teams/a.yaml:3
    reply:
      body: «secret BODY» # teams/a.yaml:4
`,
  )
  assert.deepEqual((JSON.parse(tidegate('--json').stdout) as { listeners: unknown }).listeners, { web: { port: 8081 } })
})

test('a configuration that is wrong, or missing, is told as everywhere and exits with 78', () => {
  const wrong = tidegate('--set', 'limits.head=5')
  assert.equal(wrong.status, 78)
  assert.match(wrong.stderr, /limits\.head .*has no unit/)
  assert.equal(wrong.stdout, '')
  assert.equal(tidegate('-c', 'none.yaml').status, 78)
})
