// Configurations in TypeScript: what only code can say, and the object in a test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createGateway, defineGateway } from '../../src/index.ts'
import { defineSink } from '../../src/plugin.ts'

test('a condition in code routes; one that fails refuses with 403, and the log says why', async () => {
  const lines: string[] = []
  const config = defineGateway({
    version: 1,
    plugins: {
      lines: defineSink({ name: 'lines', schema: z.strictObject({}), create: () => ({ write: (more) => void lines.push(...more) }) }),
    },
    telemetry: { logs: { sinks: ['lines'] } },
    routes: {
      beta: { match: { path: '/a', when: (request) => request.header('x-beta') === '1' }, reply: { body: 'beta' } },
      late: {
        match: {
          path: '/b',
          when: () => {
            throw new Error('no database')
          },
        },
        reply: { body: 'late' },
      },
      all: { match: '/{rest...}', reply: { body: 'all' } },
    },
  })
  const gateway = await createGateway(config)
  assert.equal((await gateway.inject({ url: '/a', headers: { 'x-beta': '1' } })).text, 'beta')
  assert.equal((await gateway.inject('/a')).text, 'all')
  const refused = await gateway.inject('/b')
  assert.deepEqual([refused.status, (refused.json() as { code: string }).code], [403, 'condition_failed'])
  assert.doesNotMatch(refused.text, /database|late/)
  await gateway.close()
  assert.match(lines.at(-1) ?? '', /"detail":"route late: the condition threw Error: no database"/)
})

test('a configuration with text for a condition is refused', async () => {
  const wrong = { version: 1, routes: { a: { match: { path: '/a', when: 'true' }, reply: { body: 'a' } } } } as never
  await assert.rejects(createGateway(wrong), /routes\.a\.match\.when .*expressions come in a later release/)
})
