// What is installed is what was decided, and each way in which it could differ is found.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROOT } from './command.ts'
import { printed } from './finding.ts'
import { checkSupplyChain, judgeClosure, judgeLock, judgeRuntime, type Lock, productionClosure } from './supply-chain.ts'

const lock: Lock = {
  packages: {
    '': { dependencies: { a: '1' } },
    'node_modules/a': {
      integrity: 'sha512-a',
      dependencies: { b: '1' },
      peerDependencies: { p: '1', q: '1' },
      peerDependenciesMeta: { q: { optional: true } },
    },
    'node_modules/a/node_modules/b': { integrity: 'sha512-b' },
    'node_modules/b': { integrity: 'sha512-other' },
    'node_modules/p': { integrity: 'sha512-p' },
    'node_modules/q': { integrity: 'sha512-q' },
    'node_modules/tool': { version: '26.0.0', integrity: 'sha512-tool' },
    'tools/x': {},
  },
}

test('A90 the production closure of this checkout is on the list, small, without scripts, and its runtime is the kept one', () => {
  assert.deepEqual(checkSupplyChain(ROOT).map(printed), [])
})

test('A90 the closure follows dependencies and required peers as node resolves them, and leaves development out', () => {
  assert.deepEqual(productionClosure(lock), ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/p'])
})

test('A90 a package that is not listed, one that is listed for nothing, and too many are found', () => {
  const [unlisted, unused] = judgeClosure(['node_modules/a', 'node_modules/c'], { a: 'why', z: 'why' }).map(printed)
  assert.match(unlisted ?? '', /c would be installed/)
  assert.match(unused ?? '', /z is listed but not installed/)
  const many = Array.from({ length: 61 }, (_, index) => `node_modules/p${index}`)
  assert.match(
    judgeClosure(many, Object.fromEntries(many.map((key) => [key.slice(13), 'why'])))
      .map(printed)
      .join(),
    /61 packages/,
  )
})

test('A90 an install script, a host and a missing checksum in the lock are found', () => {
  assert.deepEqual(judgeLock(lock), [])
  const bad: Lock = {
    packages: {
      'node_modules/a': { hasInstallScript: true, resolved: 'https://registry.example/a.tgz' },
      'node_modules/own': { link: true },
    },
  }
  const said = judgeLock(bad).map(printed).join('\n')
  for (const part of ['runs a script', 'names a host', 'no checksum']) assert.ok(said.includes(part), part)
  assert.equal(said.split('\n').length, 3)
})

test('A90 a missing checksum passes only for a development tool of a system that is not tested', () => {
  const tool = { dev: true, optional: true, cpu: ['x64'] }
  const judged = (entry: object): number => judgeLock({ packages: { 'node_modules/tool': entry } }).length
  assert.equal(judged({ ...tool, os: ['darwin'] }), 0)
  assert.equal(judged({ ...tool, os: ['linux'], libc: ['musl'] }), 0)
  assert.equal(judged({ ...tool, os: ['linux'], libc: ['glibc'] }), 1)
  assert.equal(judged({ ...tool, os: ['linux'] }), 1)
  assert.equal(judged({ ...tool, os: ['darwin'], dev: false }), 1)
  assert.equal(judged({ ...tool }), 1)
})

test('A90 another checksum or version of the runtime is found', () => {
  assert.deepEqual(judgeRuntime(lock, { tool: { version: '26.0.0', integrity: 'sha512-tool' } }), [])
  assert.equal(judgeRuntime(lock, { tool: { version: '26.0.0', integrity: 'sha512-swapped' } }).length, 1)
  assert.equal(judgeRuntime(lock, { tool: { version: '26.0.1', integrity: 'sha512-tool' } }).length, 1)
  assert.equal(judgeRuntime(lock, { absent: { version: '26.0.0', integrity: 'sha512-tool' } }).length, 1)
})
