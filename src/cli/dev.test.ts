import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const CONFIGURATION = `version: 1
listeners: { web: { port: 0 } }
defaults: { policies: [csrf] }
routes:
  hello: { match: /hello, reply: { status: 200, body: hi } }
`

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-dev-'))
  writeFileSync(join(folder, 'tidegate.yaml'), CONFIGURATION)
})
after(() => rmSync(folder, { recursive: true }))

const main = join(import.meta.dirname, 'main.ts')

function dev(cwd: string) {
  const child = spawn(process.execPath, [main, 'dev', '--admin-port', '0'], { cwd, env: { ...process.env, NO_COLOR: '1' } })
  const told = { out: '', talk: '' }
  const heard = new Set<() => void>()
  const hear = (key: keyof typeof told) => (part: Buffer) => {
    told[key] += part.toString()
    for (const look of heard) look()
  }
  child.stdout.on('data', hear('out'))
  child.stderr.on('data', hear('talk'))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  /** Resolves once `key` holds what `pattern` looks for. */
  const says = (key: keyof typeof told, pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = pattern.exec(told[key])
        if (found === null) return
        heard.delete(look)
        resolve(found)
      }
      heard.add(look)
      look()
    })
  return { child, told, ended, says }
}

const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject)
  })

test('dev listens on this machine, prints requests for eyes with what would help, and follows edits', { timeout: 30_000 }, async () => {
  const { child, told, ended, says } = dev(folder)
  const [, url = ''] = await says('talk', /ready in [0-9]+ ms: (http:\/\/127\.0\.0\.1:[0-9]+) \(1 worker, /)
  assert.equal(await statusOf(`${url}/hello`), 200)
  assert.equal(await statusOf(`${url}/helo`), 404)
  await says('out', /^\S+ 200 GET \S+\/hello route hello [0-9.]+ms [0-9]+B from 127\.0\.0\.1$/m)
  await says('out', / 404 GET \S+\/helo .* fault no_route .*\(near: hello \/hello, segment 1 is `hello`, not `helo`\) id \w+$/m)
  writeFileSync(join(folder, 'tidegate.yaml'), `${CONFIGURATION}  more: { match: /more, reply: { status: 204 } }\n`)
  await says('talk', /reloaded \(a file changed\): .*; changed: routes: \+1 \(more\)$/m)
  child.kill('SIGTERM')
  assert.equal(await ended, 0, told.talk)
})

test('without a configuration dev says how to get one', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'tidegate-dev-none-'))
  const { told, ended } = dev(empty)
  assert.equal(await ended, 78)
  assert.match(told.talk, /^tidegate: tidegate\.yaml was found neither in [^\n]*, or write a first one with `tidegate init`\n$/)
  rmSync(empty, { recursive: true })
})
