// `tidegate start` and the folders of its log files.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Gateway } from './gateway.ts'

const main = {
  module: fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url)),
  args: (file: string): string[] => ['start', '-c', file, '--workers', '1'],
}
const logTo = (path: string, state = '.tidegate'): string =>
  `state: ${state}\ntelemetry: { logs: { sinks: [{ type: file, path: ${path} }] } }\n` +
  'routes: { all: { match: "/{rest...}", reply: { status: 200, body: ok } } }\n'

async function written(file: string): Promise<string> {
  for (let i = 0; i < 200; i++, await setTimeout(20)) if (existsSync(file) && statSync(file).size > 0) return readFileSync(file, 'utf8')
  throw new Error(`nothing was written to ${file}`)
}

test('the folder of a log file below `state` is made at the start and at a reload; a reload that cannot make it changes nothing', async () => {
  await using gateway = await Gateway.start({ main, yaml: logTo('access.log') })
  const state = join(gateway.folder, '.tidegate')
  assert.equal(statSync(state).mode & 0o777, 0o700)
  assert.equal(await gateway.get('/first'), '200 ok')
  assert.match(await written(join(state, 'access.log')), /"path":"\/first"/)

  gateway.configure(logTo('access.log', 'n'.repeat(300)))
  const from = gateway.log.length
  assert.match(await gateway.reload(), /not reloaded \(SIGHUP\): 1 error in the configuration; the configuration before stays in force/)
  assert.match(gateway.log.slice(from), /error the folder `[^`]*n{300}` of the access log cannot be made: its name is too long; /)
  assert.equal(await gateway.get('/second'), '200 ok')

  gateway.configure(logTo('by/day/access.log'))
  assert.match(await gateway.reload(), /^reloaded/)
  assert.equal(await gateway.get('/third'), '200 ok')
  assert.match(await written(join(state, 'by/day/access.log')), /"path":"\/third"/)
  assert.match(readFileSync(join(state, 'access.log'), 'utf8'), /"path":"\/second"/)
})

test('SIGUSR2 opens log files anew, and says which', async () => {
  await using gateway = await Gateway.start({ main, yaml: logTo('access.log') })
  const file = join(gateway.folder, '.tidegate/access.log')
  await gateway.get('/first')
  await written(file)
  renameSync(file, `${file}.1`)
  gateway.kill('SIGUSR2')
  assert.ok((await gateway.said(/log files are opened anew \(SIGUSR2\): .*\n/)).endsWith(`: ${file}\n`))
  await gateway.get('/second')
  assert.match(await written(file), /"path":"\/second"/)
  gateway.configure('telemetry: { logs: { sinks: [] } }\nroutes: {}\n')
  await gateway.reload()
  gateway.kill('SIGUSR2')
  await gateway.said(/no log goes to a file: nothing is opened anew \(SIGUSR2\)\n/)
})
