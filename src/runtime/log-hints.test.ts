import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleCall, exampleOutcome } from '../../test/telemetry/example-call.ts'
import { ManualClock } from '../base/clock.ts'
import type { FaultCode } from '../base/fault.ts'
import { loadObject } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { createRegistry } from '../pipeline/registry.ts'
import { builtins } from './builtins.ts'
import { createHints } from './log-hints.ts'

const { plan } = await loadObject(
  {
    version: 1,
    services: { s: { endpoints: ['http://127.0.0.1:1'] } },
    routes: { product: { match: 'GET /products/{id}', service: 's' }, order: { match: ['POST /orders', 'PUT /orders'], service: 's' } },
  },
  { cwd: '/', env: {}, registry: createRegistry(builtins) },
)

test('the log helps with what is missing: nearest routes, methods that would do, a service that does not run', () => {
  const clock = new ManualClock()
  const hints = createHints(plan as Plan, clock)
  const hint = (fault: FaultCode, path: string, method = 'GET'): string => {
    clock.advance(50)
    return hints(exampleCall({ path, method, query: '' }), exampleOutcome({ fault, service: 's' }))
  }
  assert.equal(hint('no_route', '/product/7'), 'near: product GET /products/{id}, segment 1 is `products`, not `product`')
  assert.equal(hint('no_route', '/nothing/near'), '')
  assert.equal(hint('method_not_allowed', '/orders', 'DELETE'), 'it answers POST, PUT')
  assert.equal(hint('upstream_refused', '/orders'), 'nothing listens there; is s running?')
  assert.equal(hint('upstream_reset', '/orders'), '')
})

test('a flood of 404s looks through the routes twenty times a second, and says then who knows more', () => {
  const clock = new ManualClock()
  const hints = createHints(plan as Plan, clock)
  const told = Array.from({ length: 100 }, () => {
    clock.advance(1)
    return hints(exampleCall({ path: '/product/7' }), exampleOutcome({ fault: 'no_route' }))
  })
  assert.equal(told.filter((text) => text.startsWith('near: ')).length, 20)
  assert.deepEqual(new Set(told.slice(20)), new Set(['`tidegate explain` says why']))
  clock.advance(1_000)
  assert.match(hints(exampleCall({ path: '/product/7' }), exampleOutcome({ fault: 'no_route' })), /^near: /)
})
