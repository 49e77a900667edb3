// A short fuzz run, always the same one, and every input that has ever failed. `npm run fuzz` goes on with others.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { poisonReads } from '../../src/net/read-buffer.ts'
import { endSubjects, fuzz, properties, put } from './fuzz.ts'

interface Kept {
  readonly property: string
  readonly seed: number
  readonly found: string
  readonly input: string
}

const SPLITS = 200

before(() => poisonReads(true))
after(async () => {
  poisonReads(false)
  await endSubjects()
})

const folder = new URL('corpus/', import.meta.url)
for (const name of readdirSync(folder)) {
  const kept = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Kept
  test(`kept: ${name} (${kept.found})`, () => {
    const property = properties.find((one) => one.name === kept.property)
    assert.ok(property !== undefined, `no property is called ${kept.property}`)
    for (let i = 0; i < SPLITS; i++) assert.equal(put(property, kept.input, kept.seed + i), '')
  })
}

test('generated messages keep every property', () => {
  const { failures, inputs } = fuzz({ seed: 20_261_021, inputs: 30_000, milliseconds: 4_000 })
  assert.deepEqual(failures, [])
  assert.ok(inputs > 1_000, `only ${inputs} inputs in 4 s`)
})
