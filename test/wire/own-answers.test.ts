// What every answer that the gateway makes itself carries.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGateway } from '../../src/index.ts'

test('answers of our own carry a Date, whoever made them', async () => {
  await using gateway = await createGateway({
    version: 1,
    telemetry: { logs: { sinks: [] } },
    routes: {
      fixed: { match: 'GET /fixed', reply: { status: 200, body: 'ok' } },
      moved: { match: 'GET /moved', redirect: { to: '/fixed', status: 308 } },
    },
  })
  for (const path of ['/fixed', '/moved', '/nowhere', '/%00']) {
    const { status, headers } = await gateway.inject(path)
    assert.match(String(headers['date']), /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, `${path} ${status}`)
  }
})
