import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtins } from './builtins.ts'
import { builtinCreators } from './creators.ts'

test('workers know what every built-in policy does', () => {
  for (const policy of builtins) assert.equal(builtinCreators.get(policy.name)?.create, policy.create, policy.name)
  assert.equal(builtinCreators.get('nobody'), undefined)
})
