import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXAMPLE_WALL, exampleCall, exampleOutcome } from '../../../test/telemetry/example-call.ts'
import { compileEncoder } from './compile.ts'
import type { AccessLogOptions } from './encoder.ts'

const line = (options: Partial<AccessLogOptions>, outcome: Parameters<typeof exampleOutcome>[0]): string =>
  compileEncoder({ format: 'pretty', redact: { headers: [], query: [] }, service: 's', ...options })(
    exampleCall({ query: '' }),
    exampleOutcome(outcome),
    EXAMPLE_WALL,
  )

const refused = { status: 403, fault: 'refused', code: 'ip_denied', rule: 'ip-filter', service: '', endpoint: '' } as const

test('a refusal names the policy and its code, a failure the policy in which it was', () => {
  assert.match(line({}, refused), / refused by ip-filter code ip_denied id /)
  assert.match(line({}, { status: 500, fault: 'policy_failed', rule: 'geo' }), / fault policy_failed in geo "A policy failed" id /)
  assert.match(
    line({}, { status: 404, fault: 'no_route', service: '', endpoint: '' }),
    / fault no_route "No route matches this request" id /,
  )
})

test('the status alone is in colour, and only where that is asked for', () => {
  const coloured = (status: number): string => line({ colour: true }, { status }).slice(0, 29)
  assert.equal(coloured(200), '03:04:05.678 \u001b[32m200\u001b[0m GET')
  assert.equal(coloured(503), '03:04:05.678 \u001b[31m503\u001b[0m GET')
  assert.ok(!line({}, { status: 503 }).includes('\u001b'))
})

test('a hint stands in failures only, and drives no terminal', () => {
  const hint = (): string => 'near: \u001b[2Ja'
  assert.match(line({ hint }, refused), / \(near: \\x1b\[2Ja\) id /)
  assert.ok(!line({ hint }, {}).includes('near'))
})

test('ecs and json name the policy that refused', () => {
  const parsed = (format: 'ecs' | 'json'): Record<string, unknown> => JSON.parse(line({ format }, refused)) as Record<string, unknown>
  assert.equal(parsed('ecs')['tidegate.rule'], 'ip-filter')
  assert.equal(parsed('json')['rule'], 'ip-filter')
})
