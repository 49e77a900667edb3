import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAll } from './property.ts'

test('what an explanation says is what the data plane does: route, policies entered, status', async () => {
  const seen = await compareAll({ seed: 20_261, configurations: 12, requests: 150 })
  const wanted = [
    'route',
    'no_route',
    'method_not_allowed',
    'refused head',
    'preflight',
    'service',
    'refused by not_today',
    'refused by no_json',
    'fault policy_failed',
    'fault body_too_large',
    'fault encoded_delimiter',
    'fault origin_denied',
    'acted cors',
    'acted headers',
    'acted ip-filter',
    'acted teapot',
  ]
  for (const what of wanted) assert.ok((seen.get(what) ?? 0) > 0, `never ${what}`)
})
