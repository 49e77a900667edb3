import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z, type ZodType } from 'zod'
import { definePolicy } from '../../pipeline/policy.ts'
import { children, unwrap } from '../load/introspect.ts'
import { gateway } from './gateway.ts'
import { jsonSchema } from './json-schema.ts'

type Json = { [key: string]: Json | undefined } & { description?: string; anyOf?: Json[]; enum?: string[] }

const policies = [
  definePolicy({ name: 'bare', schema: z.strictObject({ n: z.int().optional() }), create: () => ({}) }),
  definePolicy({ name: 'full', schema: z.strictObject({ n: z.int() }), create: () => ({}) }),
]
const schema = jsonSchema(policies) as unknown as Json

test('policies stand in the schema with their options, bare ones also by name', () => {
  const anyOf = schema['$defs']?.['policy']?.anyOf ?? []
  assert.deepEqual(anyOf[0]?.anyOf?.[0]?.enum, ['bare'])
  assert.deepEqual(
    anyOf.slice(1, -2).map((each) => Object.keys(each['properties'] ?? {})),
    [['set'], ['bare'], ['full']],
  )
  // Any other name may be a plugin's, bare or with options.
  for (const each of anyOf.slice(-2)) assert.match(JSON.stringify(each), /"not":\{"enum":\["set","bare","full"\]\}/)
  const route = schema['properties']?.['routes']?.['additionalProperties']?.['properties']
  assert.deepEqual(route?.['policies']?.['items'], { $ref: '#/$defs/policy' })
})

test('every scalar of a certain form may also be an interpolation', () => {
  const web = schema['properties']?.['listeners']?.['additionalProperties']?.['properties']
  assert.deepEqual(web?.['port']?.anyOf, [{ type: 'integer', minimum: 0, maximum: 65_535 }, { $ref: '#/$defs/interpolation' }])
})

test('keys of a later version are not in the schema, and nothing unknown passes', () => {
  assert.equal(schema['properties']?.['stores'], undefined)
  assert.equal(schema['additionalProperties'], false as unknown as Json)
})

test('every field has a description, and that of a text begins with the kind of text', () => {
  const bare: string[] = []
  const visit = (outer: ZodType, path: string, shared: string | undefined): void => {
    const { def, layers } = unwrap(outer)
    const about = layers.map((layer) => layer.meta()?.description).find((each) => each !== undefined) ?? shared
    if (about === undefined && def.type !== 'any') bare.push(path)
    const isText = ['string', 'number', 'boolean', 'enum', 'literal'].includes(def.type)
    if (isText && !/^(?:text|template|expression|path): /.test(about ?? '')) bare.push(`${path}: ${about}`)
    for (const [key, each] of Object.entries(def.shape ?? {})) visit(each, `${path}.${key}`, undefined)
    if (def.element !== undefined) visit(def.element, `${path}[]`, undefined)
    if (def.valueType !== undefined) visit(def.valueType, `${path}.*`, undefined)
    for (const option of def.type === 'union' ? (def.options ?? []) : []) visit(option, `${path}|`, about)
  }
  for (const [key, each] of Object.entries(gateway.shape)) visit(each, key, undefined)
  assert.deepEqual(bare, [])
  assert.ok(children(gateway.shape.workers).length > 0)
})
