// Configurations and output that are pipes: the first are read in bounded time, and no reader that never comes keeps a process.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readGiven } from '../../../src/cli/given.ts'
import { Gateway, load, oneRoute } from './gateway.ts'

const cli = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const VALID = `version: 1\n${oneRoute}`

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-pipes-'))
  writeFileSync(join(folder, 'ok.yaml'), VALID)
  writeFileSync(join(folder, 'large.yaml'), `${VALID}# ${'x'.repeat(17 * 1024 * 1024)}\n`)
  for (const name of ['fifo', 'fed']) execFileSync('mkfifo', [join(folder, name)])
})
after(() => rmSync(folder, { recursive: true }))

const shell = (line: string): string => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line.replaceAll('tidegate', `"${process.execPath}" "${cli}"`)], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 15_000,
  })
  return `${status} ${stdout}${stderr}`
}

suite('what is no file', { concurrency: 2 }, () => {
  for (const [what, line, said] of [
    ['a pipe of the shell is read', 'tidegate check -c <(cat ok.yaml)', /^0 valid: /],
    ['standard input is read by its other name', 'cat ok.yaml | tidegate check -c /dev/stdin', /^0 valid: /],
    ['a device is refused', 'tidegate check -c /dev/zero', /^78 \/dev\/zero {2}is a device, not a file\n/],
    ['what is too large is refused', 'tidegate check -c large.yaml', /^78 large\.yaml {2}is larger than 16MiB: no configuration is\n/],
    ['what is too large is refused on standard input', 'tidegate check -c - < /dev/zero', /^78 - {2}is larger than 16MiB/],
    ['`fmt` refuses a pipe', 'tidegate fmt fifo', /^78 fifo {2}is a pipe, not a file\n/],
    ['a pipe named in a file is refused', 'tidegate check -c <(echo "include: [fifo]")', /^78 .*`fifo` is a pipe, not a file\n/],
    [
      'standard input is not watched',
      'tidegate start --watch -c - < ok.yaml',
      /^2 tidegate: --watch cannot follow standard input, which is read once/,
    ],
    ['a pipe is not watched', 'tidegate start --watch -c fifo', /^2 tidegate: --watch cannot follow the pipe fifo, which is read once/],
  ] as const)
    test(what, { timeout: 20_000 }, () => assert.match(shell(line), said))
})

test('a pipe that nobody writes to, or whose writer never ends, is given up', { timeout: 10_000 }, async () => {
  const path = join(folder, 'fifo')
  assert.deepEqual(
    [...(await readGiven([path], 200)).piped.values()],
    [{ message: 'is a pipe into which nobody wrote anything within 0.2 s' }],
  )
  // Reading and writing: an open that waits for nobody.
  const writer = openSync(path, constants.O_RDWR)
  writeFileSync(writer, 'version: 1\n')
  assert.deepEqual([...(await readGiven([path], 200)).piped.values()], [{ message: 'is a pipe that did not end within 0.2 s' }])
  closeSync(writer)
})

test('a pipe in the place of the configuration refuses a reload, and keeps nothing from ending', { timeout: 30_000 }, async () => {
  await using gateway = await Gateway.start({ main: { module: cli, args: (file) => ['start', '-c', file, '--workers', '1'] } })
  renameSync(gateway.file, `${gateway.file}.good`)
  execFileSync('mkfifo', [gateway.file])
  assert.match(await gateway.reload(), /^not reloaded/)
  assert.match(gateway.log, /tidegate\.yaml is a pipe, not a file\n/)
  renameSync(`${gateway.file}.good`, gateway.file)
  assert.match(await gateway.reload(), /^reloaded/)
  gateway.kill('SIGTERM')
  assert.equal((await gateway.exited).code, 0)
})

test('R43 a process whose output nobody reads ends when it has drained', { timeout: 30_000 }, async () => {
  const path = join(folder, 'fed')
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const output = openSync(path, constants.O_WRONLY)
  await using gateway = await Gateway.start({
    main: { module: cli, args: (file) => ['start', '-c', file, '--workers', '1'] },
    stdout: output,
  })
  closeSync(output)
  const traffic = load(gateway, 8)
  await setTimeout(1_000)
  assert.ok((await traffic.stop()).answered > 200)
  const began = performance.now()
  gateway.kill('SIGTERM')
  assert.equal((await gateway.exited).code, 0)
  assert.ok(performance.now() - began < 5_000)
  closeSync(reader)
})

test('a loader that the system does not let go is no reason to stay', { timeout: 20_000 }, async () => {
  const blocked = `data:text/javascript,${encodeURIComponent(`import { openSync } from 'node:fs'; openSync(${JSON.stringify(join(folder, 'fifo'))})`)}`
  const loader = JSON.stringify(new URL('../../../src/runtime/loader.ts', import.meta.url).href)
  const script = `
    const { loadInThread, endStuckLoaders } = await import(${loader})
    const request = { files: ['x'], cwd: '/', env: {}, overrides: [], piped: new Map() }
    console.log((await loadInThread(request, new URL(${JSON.stringify(blocked)}), 500)).findings[0].message)
    await endStuckLoaders()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)))
  assert.deepEqual(await once(child, 'close'), [null, 'SIGKILL'])
  assert.equal(said, 'loading took longer than 0.5 s and was ended\n')
})
