// `tidegate start --watch`: files that an `include` names by a pattern, and files that are not there yet.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Gateway } from './gateway.ts'

const main = {
  module: fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url)),
  args: (file: string): string[] => ['start', '-c', file, '--workers', '1', '--watch'],
}
const quiet = 'telemetry: { logs: { sinks: [] } }\n'
const route = (name: string): string => `routes: { ${name}: { match: GET /${name}, reply: { status: 200, body: ${name} } } }\n`

test('a file that comes to match an `include`, and its folder gone and made again, are seen', { timeout: 30_000 }, async () => {
  const team = (gateway: Gateway, name: string): void => {
    mkdirSync(join(gateway.folder, 'teams'), { recursive: true })
    writeFileSync(join(gateway.folder, `teams/${name}.yaml`), route(name))
  }
  const yaml = `${quiet}include: [teams/*.yaml]\n${route('base')}`
  await using gateway = await Gateway.start({ main, yaml, prepare: (early) => team(early, 'x') })
  const reloaded = async (act: () => void): Promise<void> => {
    const from = gateway.log.length
    act()
    await gateway.said(/info {2}reloaded \(a file changed\)/, from)
  }
  assert.equal(await gateway.get('/x'), '200 x')
  await reloaded(() => team(gateway, 'y'))
  assert.equal(await gateway.get('/y'), '200 y')
  await reloaded(() => rmSync(join(gateway.folder, 'teams'), { recursive: true }))
  assert.match(await gateway.get('/y'), /^404/)
  await reloaded(() => team(gateway, 'z'))
  assert.equal(await gateway.get('/z'), '200 z')
})

test('a file that is missing is waited for', { timeout: 30_000 }, async () => {
  await using gateway = await Gateway.start({ main, yaml: quiet + route('base') })
  const from = gateway.log.length
  gateway.configure(`${quiet}include: [later.yaml]\n${route('base')}`)
  await gateway.said(/not reloaded \(a file changed\)/, from)
  const refused = gateway.log.length
  writeFileSync(join(gateway.folder, 'later.yaml'), route('later'))
  await gateway.said(/info {2}reloaded \(a file changed\)/, refused)
  assert.equal(await gateway.get('/later'), '200 later')
})
