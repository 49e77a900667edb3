import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createGateway, type GatewaySource } from '../../src/index.ts'
import { scriptedService } from '../../src/testing/index.ts'

test("a client that reads one answer slowly delays its own pipelined requests behind it, and nobody else's", async () => {
  const large = scriptedService(() => ({ body: 'x'.repeat(4_000_000) }))
  const small = scriptedService(() => ({ body: 'small' }))
  const services = { large: { endpoints: ['http://large.test'] }, small: { endpoints: ['http://small.test'] } }
  const routes = { large: { match: 'GET /large', service: 'large' }, small: { match: 'GET /small', service: 'small' } }
  const config: GatewaySource = { version: 1, telemetry: { logs: { sinks: [] } }, services, routes }
  await using gateway = await createGateway(config, { services: { large, small } })
  const client = gateway.connect()
  client.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /small HTTP/1.1\r\nHost: x\r\n\r\n')
  await setTimeout(150)
  assert.deepEqual([large.requests.length, small.requests.length], [1, 0])
  assert.equal((await gateway.inject('/small')).text, 'small')
  let taken = ''
  for await (const chunk of client) {
    taken += String(chunk)
    if (taken.endsWith('\r\n\r\nsmall')) break
  }
  assert.equal(small.requests.length, 2)
  assert.ok(taken.length > 4_000_000)
})
