// A77 in full: every value that came from `${…}` or a file into a field that is not plain is a canary, and no command, no answer of the admin
// API, no metric, no log line and no problem that a client gets shows one, in any spelling.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Gateway } from './lifecycle/gateway.ts'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const FORMATS = ['ecs', 'json', 'pretty', 'common', 'combined'] as const
/** Starting a command costs a second of stripping types otherwise. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))

/** Named after where each goes; names, paths and addresses may show by their nature. Mixed case, a quote, a slash and a non-ASCII letter: what encoders change. */
const canaries = Object.fromEntries(
  ['BODY', 'JSON', 'SET', 'APPEND', 'WANTED_HEADER', 'WANTED_QUERY', 'REDIRECT', 'POLICY', 'SINK', 'FAILING', 'EXPLAINED'].map(
    (name, i) => [`C_${name}`, name === 'REDIRECT' ? `canary${i}birdcage` : `Canary${i}-"bird/cage"-é`],
  ),
)
const FILE_CANARY = 'canary-in-a-file-77'

const configuration = (folder: string, format: string): string => `
state: ${folder}/state
admin: { port: 0 }
timeouts: { drain: 500ms }
telemetry:
  logs:
    format: ${format}
    sinks: [stdout, { type: sink, token: "\${C_SINK}" }]
plugins: { vault: ./vault.ts, sink: ./sink.ts }
services:
  away: { endpoints: ["http://127.0.0.1:1"] }
routes:
  body: { match: GET /body, reply: { body: "\${C_BODY} \${file:secret.txt}" } }
  json: { match: GET /json, reply: { json: { deep: ["\${C_JSON}"] } } }
  set: { match: GET /set, policies: [headers: { response: { set: { x-a: "\${C_SET}" }, append: { x-b: "\${C_APPEND}" } } }], reply: { body: a } }
  wanted: { match: { path: /wanted, headers: { x-key: "\${C_WANTED_HEADER}" }, query: { key: "\${C_WANTED_QUERY}" } }, reply: { body: a } }
  redirect: { match: GET /redirect, redirect: { to: "/\${C_REDIRECT}" } }
  away: { match: "/away/{rest...}", service: away, rewrite: "/{rest}" }
  vault: { match: "GET /vault/{what}", policies: [vault: { key: "\${C_POLICY}", failing: "\${C_FAILING}" }], reply: { body: a } }
`
const VAULT = `import { definePolicy, proceed, refuse } from 'tidegate/plugin'
import { z } from 'zod'
export default definePolicy({
  name: 'vault',
  schema: z.strictObject({ key: z.string(), failing: z.string() }),
  create: ({ key }) => ({
    onRequest(call) {
      const what = call.param('what')
      // As code does that was not written with logs in mind: what it quotes is its own secret, as it is and as it is sent.
      if (what === 'throws') throw new Error(\`it fell over with \${key}, \${encodeURIComponent(key)}, \${btoa(unescape(encodeURIComponent('gw:' + key)))}\`)
      if (what === 'escapes') setTimeout(() => { throw new Error(\`it fell later with \${key}\`) })
      return call.request.headers.get('x-key') === key ? proceed : refuse('no_key')
    },
  }),
})
`
const SINK = `import { defineSink } from 'tidegate/plugin'
import { z } from 'zod'
export default defineSink({ name: 'sink', schema: z.strictObject({ token: z.string() }), create: ({ token }) => ({ write: () => { throw new Error('nobody takes ' + token) } }) })
`

/** The ways in which a value can turn up. */
const spellings = (value: string): string[] => [
  value,
  value.toLowerCase(),
  value.toUpperCase(),
  JSON.stringify(value).slice(1, -1),
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
  Buffer.from(value).toString('base64url').replace(/=+$/, ''),
  Buffer.from(value).toString('hex'),
  // A piece is enough to be sorry for.
  value.slice(2, 12),
]

function assertSilent(shown: string, where: string): void {
  for (const [name, value] of [...Object.entries(canaries), ['file', FILE_CANARY] as const])
    for (const spelling of spellings(value))
      assert.equal(shown.includes(spelling), false, `${where} shows ${name}: ${shown.slice(0, 2_000)}`)
}

/** A gateway with all of it, and its folder filled. */
const start = (format: string) =>
  Gateway.start({
    yaml: '',
    env: canaries,
    prepare(made) {
      mkdirSync(join(made.folder, 'state'), { mode: 0o700 })
      writeFileSync(join(made.folder, 'vault.ts'), VAULT)
      writeFileSync(join(made.folder, 'sink.ts'), SINK)
      writeFileSync(join(made.folder, 'secret.txt'), FILE_CANARY)
      made.configure(configuration(made.folder, format))
    },
    main: { module: CLI, args: (file) => ['start', '-c', file, '--workers', '1', '-v'] },
  })

/** What a command says, on either stream. */
async function tidegate(gateway: Gateway, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: gateway.folder,
    env: { ...process.env, NODE_COMPILE_CACHE, ...canaries },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, talk] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.notEqual(out + talk, '', args.join(' '))
  return out + talk
}

/** Runs commands, two at a time, and holds what each says. */
async function runAll(gateway: Gateway, commands: readonly (readonly string[])[]): Promise<void> {
  const left = [...commands]
  const run = async (): Promise<void> => {
    for (let args = left.shift(); args !== undefined; args = left.shift())
      assertSilent(await tidegate(gateway, ...args), `tidegate ${args.join(' ').slice(0, 60)}`)
  }
  await Promise.all([run(), run()])
}

/** Requests of every kind of ending, those among them whose answer is the secret itself. */
async function ask(gateway: Gateway): Promise<void> {
  const base = `http://127.0.0.1:${gateway.port}`
  const wanted = { 'x-key': encodeURIComponent(canaries['C_WANTED_HEADER'] as string) }
  for (const path of ['/body', '/json', '/set', '/redirect', '/vault/open'])
    await (await fetch(base + path, { redirect: 'manual' })).arrayBuffer()
  for (const path of ['/away/x', '/wanted', '/nothing', '/vault/throws', '/vault/refused'])
    for (const accept of ['application/json', 'text/html', 'text/plain'])
      assertSilent(await (await fetch(base + path, { headers: { accept, ...wanted } })).text(), `the answer to ${path}`)
}

test('A77 the log of a gateway shows no canary, in any format, of code that fails with one on its lips included', async () => {
  await using gateway = await start('json')
  for (const format of FORMATS) {
    gateway.configure(configuration(gateway.folder, format))
    assert.match(await gateway.reload(), /^reloaded/)
    await ask(gateway)
  }
  await gateway.said(/policy vault failed in onRequest.*it fell over with «secret C_POLICY»/)
  await gateway.said(/sink.*nobody takes «secret C_SINK»/)
  gateway.configure(configuration(gateway.folder, 'json').replace('"${C_BODY} ', '"{${C_BODY}} '))
  assert.match(await gateway.reload(), /not reloaded/)
  // Last: it costs the worker.
  await fetch(`http://127.0.0.1:${gateway.port}/vault/escapes`).then((answer) => answer.text())
  await gateway.said(/let an error escape[^]*it fell later with «secret C_POLICY»/)
  gateway.kill('SIGTERM')
  await gateway.exited
  assertSilent(gateway.log, 'the log')
})

test('A77 no command and no answer of the admin API shows a canary, of a configuration that is right or wrong', async () => {
  await using gateway = await start('json')
  await ask(gateway)
  const file = gateway.file
  const url = `http://127.0.0.1:${gateway.port}`
  const commands: readonly (readonly string[])[] = [
    ['check', '-c', file],
    ['check', '-c', file, '--json'],
    ['check', '-c', file, '--set', `telemetry.service=http://u:${canaries['C_REDIRECT']}@h`],
    ['print-config', '-c', file],
    ['print-config', '-c', file, '--origins', '--defaults'],
    ['print-config', '-c', file, '--json'],
    ['routes', '-c', file],
    ['routes', '-c', file, '--json', '--public'],
    ['doctor', '-c', file],
    ['doctor', '-c', file, '--json'],
    ['schema'],
    ['explain', '-c', file, 'GET', `${url}/set`, '--all'],
    ['explain', '-c', file, 'GET', `${url}/vault/throws`],
    ['explain', '-c', file, '--live', 'GET', `${url}/vault/throws`],
    ['explain', '-c', file, 'GET', `${url}/set`, '--json', '--all'],
    ['explain', '-c', file, 'GET', `${url}/wanted`, '--json', '--all'],
    ['explain', '-c', file, 'GET', `${url}/vault/x`, '--json'],
    ['status', '-c', file],
    ['status', '-c', file, '--json'],
    ['reload', '-c', file],
    ['start', '-c', file, '--dry-run'],
  ]
  await runAll(gateway, commands)
  const { url: admin } = JSON.parse(readFileSync(join(gateway.folder, 'state/admin.json'), 'utf8')) as { url: string }
  const token = readFileSync(join(gateway.folder, 'state/admin.token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (const path of [
    '/metrics',
    '/livez?verbose',
    '/readyz?verbose',
    '/openapi.json',
    '/api/v1/status',
    '/api/v1/routes',
    '/api/v1/services',
    '/api/v1/config',
  ])
    for (const accept of ['*/*', 'application/openmetrics-text']) {
      const answer = await fetch(new URL(path, admin), { headers: { ...headers, accept } })
      assert.equal(answer.status, 200, path)
      assertSilent((await answer.text()) + JSON.stringify([...answer.headers]), path)
    }
  for (const path of ['/body', '/set', '/wanted', '/redirect', '/away/x', '/vault/x', '/vault/throws']) {
    const answer = await fetch(new URL('/api/v1/explain', admin), {
      method: 'POST',
      headers,
      body: JSON.stringify({ method: 'GET', url: path }),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    assertSilent(await answer.text(), `explaining ${path}`)
  }
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('"${C_JSON}"', '"{${C_EXPLAINED}}"')
      .replace('"/${C_REDIRECT}"', '"{${C_EXPLAINED}}"')
      .replace('what}"', 'what}", over: "${C_BODY}"'),
  )
  const wrong: readonly (readonly string[])[] = [
    ['check', '-c', file, '--json'],
    ['start', '-c', file],
    ['dev', '-c', file],
    ['explain', '-c', file, 'GET', '/x'],
    ['reload', '-c', file],
    ['status', '-c', file],
  ]
  await runAll(gateway, wrong)
  assertSilent(await (await fetch(new URL('/api/v1/reload', admin), { method: 'POST', headers })).text(), 'a refused reload')
  assertSilent(await tidegate(gateway, 'check', '-c', file, '--set', `routes.body.reply.body=${canaries['C_BODY']}x\${`), 'a wrong --set')
})
