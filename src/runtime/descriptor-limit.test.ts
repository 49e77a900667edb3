import assert from 'node:assert/strict'
import { test } from 'node:test'
import { descriptorLimit, fewDescriptors } from './descriptor-limit.ts'

test('R42 a limit on open files below 256 is warned of', () => {
  assert.match(fewDescriptors(255) ?? '', /may open 255 files only \(`ulimit -n`\)/)
  assert.equal(fewDescriptors(256), undefined)
  assert.ok(descriptorLimit() > 0)
})
