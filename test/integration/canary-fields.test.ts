// A77 for each field of the language by itself: a value from outside that is right or wrong there shows nowhere in what a load tells.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { loadConfig, type Loaded } from '../../src/config/load/load.ts'
import { maskedCopy } from '../../src/config/load/mask.ts'
import { definePolicy } from '../../src/pipeline/policy.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { builtins } from '../../src/runtime/builtins.ts'
import { listRoutes } from '../../src/runtime/route-list.ts'
import { configurationWith, type Field, fieldsOf } from './canary-fields.ts'

const cwd = mkdtempSync(join(tmpdir(), 'canary-fields-'))
after(() => rmSync(cwd, { recursive: true }))

const vault = definePolicy({
  name: 'vault',
  schema: z.strictObject({ key: z.string(), deep: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).optional() }),
  create: () => ({}),
})
const registry = createRegistry([...builtins, vault])
const fields = fieldsOf([...builtins, vault])

/** What users write, and what breaks a grammar in the middle. */
const VALUES = [
  'Canary77birdcage',
  'Canary77-"bird{cage}"/é',
  'http://Canary77:birdcage@h:1',
  '/Canary77/{birdcage',
  'Canary77, birdcage: [1',
  '10Canary77birdcage',
]

const load = (text: string, env: Record<string, string> = {}): Promise<Loaded> =>
  loadConfig({ files: ['-'], stdin: text, cwd, env, overrides: [], registry, print: { defaults: true, origins: true } })

const PATHS: ReadonlySet<string> = new Set(['include.0', 'state', 'admin.socket'])

/** All that a load lets anybody see. */
const shown = ({ plan, findings, secrets, printed }: Loaded): string =>
  JSON.stringify([findings, printed, plan === undefined ? undefined : maskedCopy([{ ...plan, files: [] }, listRoutes(plan)], secrets)])

const leaks = (text: string): boolean => /canary77|birdcage/i.test(text)

test('the walk comes to every kind of field', () => {
  const paths = new Set(fields.map(({ steps }) => steps.join('.')))
  for (const path of [
    'routes.n.reply.body',
    'routes.n.match.headers.n',
    'routes.n.match.0.query.n',
    'routes.n.policies.0',
    'services.n.endpoints.0.url',
    'defaults.service.timeouts.connect',
    'telemetry.logs.redact.headers.0',
    'admin.tokens.0.hash',
    'policySets.n.0.headers.response.set.n',
    'policySets.n.0.vault.deep.0.n',
  ])
    assert.ok(paths.has(path), `${path} is not among ${[...paths].join(' ')}`)
})

async function check(field: Field, text: string, env: Record<string, string>): Promise<boolean> {
  const loaded = await load(text, env)
  const told = shown(loaded)
  assert.ok(!leaks(told), `${field.steps.join('.')}: ${told.slice(Math.max(0, told.search(/canary77|birdcage/i) - 300)).slice(0, 900)}`)
  return loaded.plan !== undefined
}

test('A77 a variable in a field that is not plain shows in no message, print or plan, whole or inside of a text, right or wrong', async () => {
  let right = 0
  const hidden = fields.filter(({ isPlain }) => !isPlain)
  for (const field of hidden)
    for (const value of VALUES)
      for (const written of ['${CANARY}', 'a ${CANARY} b'])
        if (await check(field, configurationWith(field, written), { CANARY: value })) right++
  assert.ok(right > 20, `${right} of ${hidden.length} fields took a value`)
})

test('A77 a secret file shows nowhere, in plain fields as little', async () => {
  for (const value of VALUES) {
    writeFileSync(join(cwd, 'secret.txt'), `${value}\n`)
    for (const field of fields) {
      // A path is told as the system spells it, and is no secret: the file would be one.
      if (value.includes('//') && PATHS.has(field.steps.join('.'))) continue
      await check(field, configurationWith(field, '${file:secret.txt}'), {})
    }
  }
})

test('A77 the user part of a URL shows nowhere, although the file says it itself', async () => {
  for (const field of fields) {
    if (PATHS.has(field.steps.join('.'))) continue
    await check(field, configurationWith(field, 'http://Canary77:birdcage@h:1'), {})
    await check(field, configurationWith(field, 'see https://Canary77birdcage@h/?a'), {})
  }
})
