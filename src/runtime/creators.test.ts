import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtins } from './builtins.ts'
import { builtinCreators } from './creators.ts'

test('workers know what every built-in policy does', () => {
  for (const policy of builtins) {
    const { name } = policy
    assert.equal(Reflect.get(builtinCreators.get(name) ?? {}, 'create'), Reflect.get(policy, 'create'), name)
  }
  assert.equal(builtinCreators.get('nobody'), undefined)
})
