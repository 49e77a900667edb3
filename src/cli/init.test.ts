import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const CLI = join(ROOT, 'src/cli/main.ts')
let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tidegate-init-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const tidegate = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
const written = (): string => readFileSync(join(folder, 'tidegate.yaml'), 'utf8')

test('a first file needs nothing: it answers by itself, is valid, laid out as `fmt` does, and nothing is overwritten unasked', () => {
  const { status, stdout } = tidegate('init')
  assert.equal(status, 0)
  assert.match(stdout, /^wrote tidegate\.yaml\n/)
  assert.match(stdout, /curl -i http:\/\/127\.0\.0\.1:8080\/hello\/you/)
  assert.match(written(), /^# yaml-language-server: \$schema=https:\/\/tidegate\.dev\/schema\.json\n/)
  assert.equal(tidegate('check').status, 0)
  assert.equal(tidegate('fmt', '--check').status, 0, 'its layout is that of fmt')
  const again = tidegate('init', '--service', 'users=http://127.0.0.1:3001')
  assert.equal(again.status, 1)
  assert.match(again.stderr, /tidegate\.yaml is there already; --force overwrites, --dry-run prints/)
  assert.match(written(), /hello/)
  assert.equal(tidegate('init', '--service', 'users=http://127.0.0.1:3001', '--force').status, 0)
  assert.match(written(), /users/)
})

test('each service has its route, names and addresses that YAML would read otherwise are quoted, and curl lines are printed', () => {
  const { status, stdout, stderr } = tidegate(
    'init',
    ...['users=http://localhost:3001', 'no=http://127.0.0.1:3002/api', '42=http://[::1]:3003', 'on.off=http://h:1'].flatMap((one) => [
      '--service',
      one,
    ]),
  )
  assert.equal(status, 0, stderr)
  assert.deepEqual(
    stdout.match(/curl .*/g),
    ['users', 'no', '42', 'on.off'].map((name) => `curl -i http://127.0.0.1:8080/${name}/`),
  )
  const checked = tidegate('check')
  assert.equal(checked.status, 0, checked.stdout)
  assert.match(checked.stderr, /4 services, 4 routes$/m)
  assert.equal(tidegate('fmt', '--check').status, 0)
  const found = tidegate('explain', 'GET', '/no/x?y=1', '--json')
  assert.equal(found.status, 0, found.stderr)
  assert.match(found.stdout, /"\/api\/x/)
})

test('what cannot be is refused with a sentence, and nothing is written', () => {
  const cases: readonly [readonly string[], number, RegExp][] = [
    [['--service', 'users'], 2, /it is a name and a URL: users=http:\/\/127\.0\.0\.1:3001/],
    [['--service', 'a b=http://h:1'], 2, /a name is made of letters/],
    [['--service', 'a=ftp://h'], 2, /services\.a\.endpoints\.0 .*\n.*nothing was written/],
    [['--service', 'a=http://h:1', '--service', 'a=http://h:2'], 2, /two services called a/],
    [['--service', 'a=http://h:1\n  evil: x'], 2, /nothing was written/],
    [['--limit', '100/min'], 2, /rate limits come in a later release/],
    [['--issuer', 'https://id.example'], 2, /authentication comes in a later release/],
    [['--plugin', 'Not-So'], 2, /small letters and digits/],
    [['--plugin', 'a', '--service', 'a=http://h:1'], 2, /one after the other/],
  ]
  for (const [args, code, pattern] of cases) {
    const { status, stderr } = tidegate('init', ...args)
    assert.equal(status, code, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, pattern)
    assert.equal(existsSync(join(folder, 'tidegate.yaml')), false)
  }
  writeFileSync(join(folder, 'tidegate.json'), '{}')
  const beside = tidegate('init')
  assert.equal(beside.status, 1)
  assert.match(beside.stderr, /tidegate\.json is there already, and two configurations in one place are an error/)
})

test('--dry-run prints the file and writes nothing', () => {
  const { status, stdout } = tidegate('init', '--service', 'users=http://127.0.0.1:3001', '--dry-run')
  assert.equal(status, 0)
  assert.match(stdout, /^# yaml-language-server[^]*service: users\n$/)
  assert.equal(existsSync(join(folder, 'tidegate.yaml')), false)
})

test('a first plugin typechecks, passes its own test, and is taken by the configuration that is printed', () => {
  const { status, stdout } = tidegate('init', '--plugin', 'require-tenant')
  assert.equal(status, 0)
  assert.match(stdout, /wrote plugins\/require-tenant\.ts\nwrote plugins\/require-tenant\.test\.ts\n/)
  mkdirSync(join(folder, 'node_modules/tidegate'), { recursive: true })
  const entries = { '.': './src/index.ts', './plugin': './src/plugin.ts', './testing': './src/testing/index.ts' }
  writeFileSync(join(folder, 'node_modules/tidegate/package.json'), JSON.stringify({ name: 'tidegate', type: 'module', exports: entries }))
  symlinkSync(join(ROOT, 'src'), join(folder, 'node_modules/tidegate/src'))
  for (const name of ['zod', '@types']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  // Without it a test runner runs inside another one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const tested = spawnSync(process.execPath, ['--test', '--test-reporter=tap', 'plugins/require-tenant.test.ts'], {
    cwd: folder,
    encoding: 'utf8',
    env,
  })
  assert.equal(tested.status, 0, tested.stdout)
  assert.match(tested.stdout, /^# pass 3$/m)
  const printed = /plugins:\n[^]*$/.exec(stdout.replaceAll(/^ {2}/gm, ''))?.[0] ?? ''
  const configuration = printed.replace('  …:', '  a:\n    match: GET /a\n    reply: { body: a }')
  writeFileSync(join(folder, 'tidegate.yaml'), `version: 1\n${configuration}`)
  const checked = tidegate('check')
  assert.equal(checked.status, 0, checked.stdout)
})
