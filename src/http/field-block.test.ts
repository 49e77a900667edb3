import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FieldBlock } from './field-block.ts'
import { ConstantField, FieldName } from './field-name.ts'
import { addFieldOf, fieldOf, onlyFieldOf, removeFieldOf, setConstantOf, setFieldOf, type FieldOwner } from './fields.ts'

const NAMES = ['origin', 'vary', 'access-control-allow-origin', 'access-control-max-age', 'x-a', 'x-b']
const name = fc.constantFrom(...NAMES)
const value = fc.constantFrom('', 'one', 'two, three', 'x: y')
const step = fc.tuple(fc.constantFrom('get', 'only', 'set', 'constant', 'add', 'remove', 'list'), name, value)

function take(head: FieldOwner, [what, called, text]: readonly [string, string, string]): string | undefined {
  const field = new FieldName(called)
  if (what === 'get') return fieldOf(head, field)
  if (what === 'only') return onlyFieldOf(head, field)
  if (what === 'set') setFieldOf(head, field, text)
  else if (what === 'constant') setConstantOf(head, new ConstantField(called, text))
  else if (what === 'add') addFieldOf(head, field, text)
  else if (what === 'remove') removeFieldOf(head, field)
  else return head.fields.join('|')
  return undefined
}

test('lines that nobody has split are read and changed as a list of fields is', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.array(step, { maxLength: 8 }), (lines, steps) => {
      const block = new FieldBlock((text, start, end) => text.slice(start, end).toLowerCase())
      for (const [called, text] of lines) {
        block.addLines(`${called.toUpperCase()}:  ${text}\t\r\n`)
        block.bits |= new FieldName(called).bit
      }
      const asLines = {
        block,
        get fields() {
          return block.list
        },
      }
      const asList = { fields: lines.flat() }
      for (const each of steps) assert.equal(take(asLines, each), take(asList, each), each.join(' '))
      assert.deepEqual(block.list, asList.fields)
    }),
    { numRuns: 2_000, seed: 20_261_124 },
  )
})
