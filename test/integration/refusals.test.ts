// What `ip-filter` and `csrf` keep out, in a whole gateway: nothing of it reaches the service.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGateway } from '../../src/runtime/gateway.ts'
import { scriptedService } from '../../src/testing/index.ts'

const shop = () => scriptedService(() => ({ json: { ok: true } }))
const base = { version: 1 as const, services: { shop: { endpoints: ['http://shop.internal'] } }, telemetry: { logs: { sinks: [] } } }

test('`ip-filter` judges the address that `client.from` tells, and a route adds to what it inherits', async () => {
  const service = shop()
  await using gateway = await createGateway(
    {
      ...base,
      client: { from: 'x-forwarded-for', trusted: ['10.0.0.1'] },
      defaults: { policies: [{ 'ip-filter': { deny: ['203.0.113.0/24'] } }] },
      routes: {
        open: { match: '/open', service: 'shop' },
        office: { match: '/office', service: 'shop', policies: [{ 'ip-filter': { allow: ['198.51.100.0/24', '203.0.113.0/24'] } }] },
        anyone: { match: '/anyone', service: 'shop', without: ['ip-filter'] },
      },
    },
    { services: { shop: service } },
  )
  const status = async (url: string, from: string, forwarded?: string): Promise<number> =>
    (await gateway.inject({ url, from, ...(forwarded === undefined ? {} : { headers: { 'x-forwarded-for': forwarded } }) })).status

  assert.equal(await status('/open', '203.0.113.9'), 403)
  assert.equal(await status('/open', '::ffff:203.0.113.9'), 403)
  assert.equal(await status('/open', '198.51.100.1'), 200)
  assert.equal(await status('/open', '198.51.100.1', '203.0.113.9'), 200, 'what a stranger says of itself does not count')
  assert.equal(await status('/open', '10.0.0.1', '203.0.113.9'), 403, 'what a trusted peer says does')
  assert.equal(await status('/office', '198.51.100.1'), 200)
  assert.equal(await status('/office', '192.0.2.1'), 403)
  assert.equal(await status('/office', '203.0.113.9'), 403, 'the inherited list still holds')
  assert.equal(await status('/anyone', '203.0.113.9'), 200)
  assert.equal(service.requests.length, 4)

  const refused = await gateway.inject({ url: '/open', from: '203.0.113.9' })
  const problem = refused.json() as Record<string, unknown>
  assert.equal(problem['code'], 'ip_denied')
  assert.ok(!refused.text.includes('203.0.113'), 'a refusal names no rule')
})

test('`csrf` refuses forged requests, in a way that a script of a listed origin can read', async () => {
  const service = shop()
  const app = 'https://app.example'
  await using gateway = await createGateway(
    {
      ...base,
      routes: {
        shop: {
          match: '/basket',
          service: 'shop',
          policies: [{ cors: { origins: [app, 'https://reader.example'], credentials: true } }, { csrf: { origins: [app] } }],
        },
      },
    },
    { services: { shop: service } },
  )
  const post = (headers: Record<string, string>) => gateway.inject({ method: 'POST', url: '/basket', headers })

  const forged = await post({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie: 's=1' })
  assert.equal(forged.status, 403)
  assert.equal((forged.json() as Record<string, unknown>)['code'], 'csrf')
  assert.equal(service.requests.length, 0)

  const reader = await post({ origin: 'https://reader.example', 'sec-fetch-site': 'cross-site' })
  assert.equal(reader.status, 403)
  assert.equal(reader.headers['access-control-allow-origin'], 'https://reader.example')

  assert.equal((await post({ origin: app, 'sec-fetch-site': 'cross-site' })).status, 200)
  assert.equal((await post({ 'sec-fetch-site': 'same-origin' })).status, 200)
  assert.equal((await post({})).status, 200)
  assert.equal((await gateway.inject({ url: '/basket', headers: { 'sec-fetch-site': 'cross-site' } })).status, 200)
})
