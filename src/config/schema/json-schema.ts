// The JSON Schema of the configuration, for editors: made from the same zod schemas that judge it, with the policies that are installed.
import { z } from 'zod'
import type { Policy } from '../../pipeline/policy.ts'
import { createRegistry, type PolicyRegistry } from '../../pipeline/registry.ts'
import { NAME } from './fields.ts'
import { gateway } from './gateway.ts'
import { policyItem } from './policies.ts'
import { sink, sinkItem } from './telemetry.ts'

type Json = { [key: string]: unknown }

const ID = 'https://tidegate.dev/schema.json'
const INTERPOLATION = {
  type: 'string',
  pattern: '\\$\\{',
  description: 'text: `${VAR}`, `${VAR:-default}`, `${VAR:?message}` or `${file:/path}`',
}

/** Draft 2020-12. Every scalar may also be an interpolation, and every text that YAML would type otherwise may stand as it is. */
export function jsonSchema(installed: readonly Policy[]): Json {
  const registry = createRegistry(installed)
  const options = {
    io: 'input' as const,
    unrepresentable: 'any' as const,
    override: ({ zodSchema, jsonSchema: out }: { zodSchema: unknown; jsonSchema: object }) => {
      if (zodSchema === policyItem) Object.assign(out, { $ref: '#/$defs/policy' })
      if (zodSchema === sinkItem) Object.assign(out, { $ref: '#/$defs/sink' })
    },
  }
  const root = z.toJSONSchema(gateway, options) as Json
  const policies = registry.kinds().map((kind) => policySchema(kind, registry))
  const bare = registry.kinds().filter((kind) => registry.get(kind)?.bare)
  const set = {
    type: 'object',
    properties: { set: { type: 'string', description: 'text: the name of a set under `policySets`' } },
    required: ['set'],
    additionalProperties: false,
  }
  const kinds = ['set', ...registry.kinds()]
  // A plugin is known by the file alone: any name that is not one of ours may be one.
  const plugins = [
    { type: 'string', pattern: NAME.source, not: { enum: kinds }, description: 'text: a plugin' },
    {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      propertyNames: { pattern: NAME.source, not: { enum: kinds } },
      description: 'A plugin with its options.',
    },
  ]
  const policy = {
    description: 'A policy: a bare kind, `kind: options`, or `set: name`.',
    anyOf: [{ type: 'string', enum: bare }, set, ...policies],
  }
  const builtin = ['stdout', 'file']
  const sinks = [
    loosened(z.toJSONSchema(sink, options)),
    { type: 'string', pattern: NAME.source, not: { enum: builtin }, description: 'text: a sink that a plugin brings' },
    {
      type: 'object',
      properties: { type: { type: 'string', not: { enum: builtin } } },
      required: ['type'],
      description: 'A sink that a plugin brings, with its options.',
    },
  ]
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: ID,
    title: 'Tidegate',
    ...(loosened(root) as Json),
    patternProperties: { '^x-': { description: 'Ignored; a place for anchors.' } },
    required: ['version'],
    $defs: {
      interpolation: INTERPOLATION,
      sink: { description: 'Where lines go: `stdout`, or a map.', anyOf: sinks },
      policy: { ...policy, anyOf: [...(loosened(policy.anyOf) as Json[]), ...plugins] },
    },
  }

  function policySchema(kind: string, known: PolicyRegistry): Json {
    const { $schema: _, ...schema } = z.toJSONSchema((known.get(kind) as Policy).schema, options) as Json
    return { type: 'object', properties: { [kind]: schema }, required: [kind], additionalProperties: false }
  }
}

const SAFE_INTEGERS = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])

/** The schema below `node` with an interpolation allowed wherever a scalar of a certain form is. */
function loosened(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(loosened)
  if (typeof node !== 'object' || node === null) return node
  const out: Json = {}
  for (const [key, value] of Object.entries(node)) {
    if (SKIPPED.has(key)) continue
    // What zod says of every integer is noise on hover.
    if ((key === 'minimum' || key === 'maximum') && SAFE_INTEGERS.has(value as number)) continue
    if (key === 'properties' || key === 'patternProperties')
      out[key] = Object.fromEntries(Object.entries(value as Json).map(([name, each]) => [name, loosened(each)]))
    else if (key === 'enum' || key === 'const' || key === 'default' || key === 'required' || key === 'propertyNames') out[key] = value
    else out[key] = loosened(value)
  }
  return takesAnyText(out) || !isScalar(out) ? out : interpolated(out)
}

const SKIPPED = new Set(['$schema'])
const isScalar = (schema: Json): boolean =>
  ['string', 'integer', 'number', 'boolean'].includes(schema.type as string) ||
  'const' in schema ||
  ('enum' in schema && !('anyOf' in schema))
const takesAnyText = (schema: Json): boolean =>
  schema.type === 'string' && !['pattern', 'enum', 'format', 'minLength', 'const'].some((key) => key in schema)

function interpolated({ description, ...rest }: Json): Json {
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, { $ref: '#/$defs/interpolation' }] }
}
