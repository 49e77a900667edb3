import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { definePolicy } from '../../pipeline/policy.ts'
import { createRegistry } from '../../pipeline/registry.ts'
import { loadConfig, type Loaded } from './load.ts'

const vault = z.strictObject({ key: z.string().regex(/^k-/), list: z.record(z.string(), z.string()).optional() })
const registry = createRegistry([definePolicy({ name: 'vault', schema: vault, create: () => ({}) })])
const load = (stdin: string, env: Record<string, string>): Promise<Loaded> =>
  loadConfig({ files: ['-'], stdin, cwd: '/', env, overrides: [], registry })
const messages = ({ findings }: Loaded): string[] => findings.map(({ path, message }) => `${path}: ${message}`)
const SERVICE = 'version: 1\nservices:\n  s: { endpoints: [http://127.0.0.1:1] }\n'

test('A77 no message shows a value that came from `${…}`, whole or in pieces, in whatever field it was wrong', async () => {
  const env = { SHORT: 'zq', LONG: 'canary-in-the-coal-mine', URL_WITH_USER: 'http://user:canary-password@h:1', MIXED: 'CaNaRy-CaSe' }
  const value = (name: string): string => `"\${${name}}"`
  for (const name of Object.keys(env)) {
    const text = `version: 1
services:
  s: { endpoints: [${value(name)}], timeouts: { connect: ${value(name)} }, host: "x \${${name}}" }
  t: ${value(name)}
limits: { headers: ${value(name)}, body: ${value(name)} }
unknown: { deep: [${value(name)}] }
routes:
  a: { match: /a, service: ${value(name)}, trailers: ${value(name)}, policies: [${value(name)}, { vault: { key: ${value(name)}, wrong: ${value(name)} } }] }
  b: { match: "/b/{\${${name}}}", reply: { status: ${value(name)}, body: "{\${${name}}}" } }
  c: { match: /c, redirect: { to: ${value(name)}, status: ${value(name)} }, over: ${value(name)} }
`
    const loaded = await load(text, env)
    const secret = env[name as keyof typeof env]
    assert.ok(loaded.findings.length > 10)
    const shows = /\.(?:connect|host|headers|body|match|status|service|over)$|^(?:services\.t|routes\.b\.match)/
    for (const { path, message } of loaded.findings) {
      // Numbers, durations, names and paths may show what they are (config.md, Files).
      if (shows.test(path) && path !== 'routes.b.reply.body' && path !== 'services.t') continue
      for (const piece of [secret, 'canary', 'password'])
        assert.ok(!message.toLowerCase().includes(piece.toLowerCase()), `${path}: ${message}`)
    }
  }
})

test('A77 a secret inside an option that a policy refuses is masked', async () => {
  const loaded = await load(`${SERVICE}routes:\n  a: { match: /a, service: s, policies: [{ vault: { key: "\${KEY}" } }] }\n`, {
    KEY: 'hunter2',
  })
  assert.equal(loaded.plan, undefined)
  assert.doesNotMatch(messages(loaded).join('\n'), /hunter2/)
  const list = ['a', 'b', 'c', 'd'].map((c) => `${c}: "\${KEY}"`).join(', ')
  assert.doesNotMatch(
    messages(
      await load(`${SERVICE}routes:\n  a: { match: /a, service: s, policies: [{ vault: { kee: 1, list: { ${list} } } }] }\n`, {
        KEY: 'hunter2',
      }),
    ).join('\n'),
    /hunter2/,
  )
})
