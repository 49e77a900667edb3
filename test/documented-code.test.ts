// The code of the pages on plugins, policies and configurations in TypeScript, as somebody would have it who installed the package: each
// block becomes the file that its first line names, beside a `node_modules` of three links. It typechecks, its tests pass, its configurations
// are valid, and the gateway that it comes to answers.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const PAGES = ['policies/writing.md', 'plugins.md', 'typescript.md']
const CLI = join(ROOT, 'src/cli/main.ts')
const BLOCK = /^```(?:ts|yaml)\n(?:\/\/|#) (\S+)\n([^]*?)^```$/gm
const PACKAGE = {
  name: 'tidegate',
  type: 'module',
  exports: { '.': './src/index.ts', './plugin': './src/plugin.ts', './testing': './src/testing/index.ts' },
}

let folder = ''
const names: string[] = []

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'writing-'))
  for (const page of PAGES) {
    const document = readFileSync(join(ROOT, 'docs', page), 'utf8')
    const blocks = [...document.matchAll(BLOCK)]
    for (const [, name = '', code = ''] of blocks) {
      names.push(name)
      mkdirSync(join(folder, dirname(name)), { recursive: true })
      // A test takes any free port.
      writeFileSync(join(folder, name), code.replace('port: 8080', 'port: 0'))
    }
    assert.equal(
      blocks.length,
      [...document.matchAll(/^```(?:ts|yaml)$/gm)].length,
      `every block of ${page} names its file in its first line`,
    )
  }
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'tidegate'), { recursive: true })
  writeFileSync(join(modules, 'tidegate/package.json'), JSON.stringify(PACKAGE))
  symlinkSync(join(ROOT, 'src'), join(modules, 'tidegate/src'))
  for (const name of ['zod', '@types']) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
})
after(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[]): { status: number | null; stdout: string; stderr: string } => {
  // Without it a test runner runs inside another one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder, env, timeout: 60_000 })
}

test('what the pages show typechecks', () => {
  const compilerOptions = {
    ...(JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }).compilerOptions,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names.filter((name) => name.endsWith('.ts')) }))
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  // The sources behind the package are typechecked elsewhere.
  const own = run([join(compiler, 'bin/tsc'), '-p', '.'])
    .stdout.split('\n')
    .filter((line) => /^(?:(?:plugins\/)?[\w.-]+\.ts\(|error)/.test(line))
  assert.deepEqual(own, [])
})

test('the tests that the pages show pass', () => {
  const tests = names.filter((name) => name.endsWith('.test.ts'))
  assert.ok(tests.length > 0)
  const { status, stdout, stderr } = run(['--test', '--test-reporter=tap', ...tests])
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /^# pass [1-9]/m)
})

test('the configurations that the pages show are valid', () => {
  for (const file of ['tidegate.yaml', 'edge.yaml', 'logged.yaml', 'tidegate.config.ts']) {
    assert.ok(names.includes(file))
    const { status, stdout, stderr } = run([CLI, 'check', '-c', file])
    assert.equal(status, 0, stdout + stderr)
  }
})

test('the gateway of the pages answers with the policy of the pages', async () => {
  const child = spawn(process.execPath, [CLI, 'start', '-c', 'tidegate.yaml', '--workers', '1'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    let url: string | undefined
    for await (const line of createInterface(child.stderr)) {
      url = / ready in .*: (http:\S+)/.exec(line)?.[1]
      if (url !== undefined) break
    }
    const asked = async (headers: Record<string, string>): Promise<[number, string]> => {
      const answer = await fetch(`${url}/hello`, { headers })
      return [answer.status, await answer.text()]
    }
    assert.deepEqual(await asked({ 'x-tenant': 'blue' }), [200, 'hello'])
    const [status, problem] = await asked({})
    assert.deepEqual([status, (JSON.parse(problem) as { code: string }).code], [400, 'header_missing'])
  } finally {
    child.kill('SIGTERM')
  }
  assert.equal(await ended, 0)
})
