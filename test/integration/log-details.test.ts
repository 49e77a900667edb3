// What the log says beyond a status, for whoever has to find out why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createGateway } from '../../src/index.ts'
import { defineSink } from '../../src/plugin.ts'
import { scriptedService } from '../../src/testing/index.ts'

test('the log says how long a body was that is too long, and what a preflight was not granted', async () => {
  const lines: string[] = []
  const far = scriptedService(async (request) => ({ body: String(request.body?.length ?? 0) }))
  const gateway = await createGateway(
    {
      version: 1,
      plugins: {
        lines: defineSink({ name: 'lines', schema: z.strictObject({}), create: () => ({ write: (more) => void lines.push(...more) }) }),
      },
      telemetry: { logs: { sinks: ['lines'] } },
      services: { far: { endpoints: ['http://far.test'] } },
      routes: {
        up: { match: '/up', service: 'far', limits: { body: '8B' }, policies: [{ cors: { origins: ['https://shop.example'] } }] },
      },
    },
    { services: { far } },
  )
  const ask = async (method: string, headers: Record<string, string>, body?: string): Promise<number> =>
    (await gateway.inject({ method, url: '/up', headers, ...(body !== undefined && { body }) })).status
  assert.equal(await ask('POST', {}, 'nine bytes'), 413)
  assert.equal(await ask('POST', { 'transfer-encoding': 'chunked' }, 'nine bytes'), 413)
  assert.equal(await ask('OPTIONS', { origin: 'https://evil.example', 'access-control-request-method': 'GET' }), 204)
  assert.equal(await ask('OPTIONS', { origin: 'https://shop.example', 'access-control-request-method': 'GET' }), 204)
  await gateway.close()
  assert.deepEqual(
    lines.map((line) => /"detail":"([^"]*)"/.exec(line)?.[1]),
    ['10 bytes declared, the limit is 8', '10 bytes read, the limit is 8', 'grants nothing: the origin is not one of `origins`', undefined],
  )
})
