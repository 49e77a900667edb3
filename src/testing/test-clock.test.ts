import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGateway } from '../runtime/gateway.ts'
import { scriptedService } from './scripted-service.ts'
import { TestClock } from './test-clock.ts'

const config = {
  version: 1,
  telemetry: { logs: { sinks: [] } },
  services: { slow: { endpoints: ['http://slow.test'], timeouts: { response: '10s', deadline: '25s' } } },
  routes: { all: { match: '/{rest...}', service: 'slow' } },
} as const

test('a deadline comes when the test says so, and not before', async () => {
  const clock = new TestClock()
  const slow = scriptedService(() => new Promise(() => {}))
  await using gateway = await createGateway(config, { services: { slow }, clock })
  let answered = 0
  const answer = gateway.inject('/').finally(() => answered++)
  await clock.pass('9900ms')
  assert.equal(answered, 0)
  await clock.pass(200)
  const refused = await answer
  assert.equal(refused.status, 504)
  assert.equal((refused.json() as { code: string }).code, 'upstream_response_timeout')
})

test('hours pass in a moment, with all that comes due in them, in its order', async () => {
  const clock = new TestClock()
  const order: number[] = []
  for (const at of [3_600_000, 50, 1_000]) {
    const due = clock.now() + at
    const end = clock.drive(() => {
      if (clock.now() < due) return
      order.push(at)
      void end()
    })
  }
  const [now, wall] = [clock.now(), clock.wall()]
  await clock.pass('1h')
  assert.deepEqual(order, [50, 1_000, 3_600_000])
  assert.deepEqual([clock.now() - now, clock.wall() - wall], [3_600_000, 3_600_000])
  await assert.rejects(clock.pass('soon'), /`soon` is no duration/)
})
