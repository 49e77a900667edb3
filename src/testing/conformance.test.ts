import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { definePolicy, type Hooks } from '../pipeline/policy.ts'
import { proceed, refuse } from '../pipeline/verdict.ts'
import { defineSink } from '../telemetry/sinks/sink.ts'
import { conformPolicy, conformSink } from './conformance.ts'

const strict = z.strictObject({ header: z.string().optional() })
const policy = (hooks: Hooks, schema: z.ZodType = strict) => definePolicy({ name: 'own', schema, create: () => hooks })
const good: Hooks = { onRequest: (call) => (call.request.headers.has('x') ? refuse('no_entry') : proceed) }

test('a policy that does what it should conforms', async () => {
  await conformPolicy(policy(good), { options: { header: 'x' }, wrong: [{ heder: 'x' }, { header: 1 }, 'x'] })
  await conformPolicy(policy({}), { options: {} })
})

test('what a gateway would stumble over is found, all of it at once', async () => {
  const cases: readonly [ReturnType<typeof policy>, unknown, readonly unknown[], RegExp][] = [
    [policy(good), { heder: 'x' }, [], /options that are right are refused: .*heder/],
    [policy(good, z.looseObject({})), {}, [], /an unknown key is not refused/],
    [policy(good), {}, [{ header: 'x' }], /wrong options number 1 are taken: \{"header":"x"\}/],
    [policy(good, z.strictObject({ at: z.string().transform((text) => () => text) })), { at: 'x' }, [], /no plain data/],
    [
      policy(
        good,
        z.strictObject({}).transform(() => Math.random()),
      ),
      {},
      [],
      /read differently the second time/,
    ],
    [
      policy({ onRequest: (call) => (JSON.parse(call.request.headers.get('cookie') ?? '{}'), proceed) }),
      {},
      [],
      /onRequest failed: SyntaxError/,
    ],
    [policy({ onResponse: (_, response) => response.headers.set('content-length', '1') }), {}, [], /onResponse failed: .*content-length/],
    [policy({ onRequest: () => refuse('Not Allowed') }), {}, [], /the code `Not Allowed`/],
  ]
  for (const [own, options, wrong, pattern] of cases) await assert.rejects(conformPolicy(own, { options, wrong }), pattern)
  const several = policy({ onRequest: () => refuse('NO') }, z.looseObject({}))
  await assert.rejects(conformPolicy(several, { options: {}, wrong: [{}] }), (error: Error) => {
    assert.ok(
      ['unknown key', 'number 1', 'code `NO`'].every((part) => error.message.includes(part)),
      error.message,
    )
    return true
  })
})

test('a sink is handed lines; one that fails, or takes any option, does not conform', async () => {
  const got: string[] = []
  const sink = (write: (lines: readonly string[]) => void, schema: z.ZodType = z.strictObject({})) =>
    defineSink({ name: 'own', schema, create: () => ({ write }) })
  await conformSink(
    sink((lines) => void got.push(...lines)),
    { options: {} },
  )
  assert.equal(got.length, 1_002)
  await assert.rejects(
    conformSink(
      sink(() => assert.fail('away')),
      { options: {} },
    ),
    /lines: away/,
  )
  await assert.rejects(
    conformSink(
      sink(() => undefined, z.any()),
      { options: { a: 1 } },
    ),
    /unknown key/,
  )
})
