// The examples of docs/policies/writing.md, as somebody would have them who installed the package: each block becomes the file that its
// first line names, beside a `node_modules` of three links. They typecheck, their tests pass, and the gateway that they end in answers.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
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
  const document = readFileSync(join(ROOT, 'docs/policies/writing.md'), 'utf8')
  for (const [, name = '', code = ''] of document.matchAll(BLOCK)) {
    names.push(name)
    // A test takes any free port.
    writeFileSync(join(folder, name), code.replace('port: 8080', 'port: 0'))
  }
  assert.equal(names.length, [...document.matchAll(/^```(?:ts|yaml)$/gm)].length, 'every block names its file in its first line')
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

test('the examples on writing policies typecheck', () => {
  const compilerOptions = {
    ...(JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }).compilerOptions,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names.filter((name) => name.endsWith('.ts')) }))
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  // The sources behind the package are typechecked elsewhere.
  const own = run([join(compiler, 'bin/tsc'), '-p', '.'])
    .stdout.split('\n')
    .filter((line) => /^(?:[\w.-]+\.ts\(|error)/.test(line))
  assert.deepEqual(own, [])
})

test('the tests that the page shows pass', () => {
  const tests = names.filter((name) => name.endsWith('.test.ts'))
  assert.ok(tests.length > 0)
  const { status, stdout, stderr } = run(['--test', '--test-reporter=tap', ...tests])
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /^# pass [1-9]/m)
})

test('the gateway that the page ends in answers with the policies of the page', async () => {
  const child = spawn(process.execPath, ['gateway.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    const { value } = (await createInterface(child.stdout)[Symbol.asyncIterator]().next()) as { value?: string }
    const url = /^listens at (\S+)$/.exec(value ?? '')?.[1]
    assert.ok(url !== undefined, String(value))
    const asked = async (headers: Record<string, string>): Promise<[number, boolean, string]> => {
      const answer = await fetch(`${url}/hello`, { headers })
      return [answer.status, answer.headers.has('x-took'), await answer.text()]
    }
    assert.deepEqual(await asked({ 'x-tenant': 'blue' }), [200, true, 'hello'])
    const [status, hasTook, problem] = await asked({})
    assert.deepEqual([status, hasTook, (JSON.parse(problem) as { code: string }).code], [400, true, 'header_missing'])
  } finally {
    child.kill('SIGTERM')
  }
  assert.equal(await ended, 0)
})
