// GET /openapi.json: the document of exactly the operations that are routed, made from the same table.
import { json } from '../answer.ts'
import type { Described, Operation } from '../operation.ts'
import { answers, errors as named, problem } from '../schemas.ts'

/** `operations`: all the others. */
export function openapiOperation(operations: readonly Operation[], version: string): Operation {
  const self: Operation = {
    id: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    access: 'viewer',
    parameters: [],
    answers: { 200: answers('OpenAPI 3.1', { type: 'object', additionalProperties: true }) },
    handle: () => json(200, documentOf([...operations, self], version)),
  }
  return self
}

function documentOf(operations: readonly Operation[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method.toLowerCase()] = operationOf(operation)
  return {
    openapi: '3.1.0',
    info: { title: 'Tidegate admin API', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: { Problem: problem } },
  }
}

function operationOf({ id, method, summary, access, parameters, body, answers: own }: Operation): unknown {
  const open = access === 'probe' || access === 'local'
  return {
    operationId: id,
    summary,
    description: DESCRIPTIONS[access],
    security: open ? [{}, { token: [] }] : [{ token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: false, content: { 'application/json': { schema: body } } } }),
    responses: Object.fromEntries(
      Object.entries({ ...shared(method, parameters.length > 0), ...own }).map(([status, one]) => [status, responseOf(one)]),
    ),
  }
}

const DESCRIPTIONS = {
  probe: 'Without a token.',
  local: 'Without a token on loopback; on a socket it takes the role viewer.',
  viewer: 'Takes the role viewer.',
  operator: 'Takes the role operator.',
  issuer: 'Takes the role issuer.',
} as const

const errors = (description: string): Described => named(description, { $ref: '#/components/schemas/Problem' })

/** What every operation may answer. */
const shared = (method: Operation['method'], parameters: boolean): Readonly<Record<number, Described>> => ({
  ...(method === 'POST' || parameters ? { 400: errors('not understood') } : {}),
  401: errors('no token, or a wrong one'),
  403: errors('a foreign Host or Origin, or a role that may not'),
  ...(method === 'POST' ? { 413: errors('a body of more than 1 MiB'), 415: errors('a body that is not JSON') } : {}),
  429: errors('too many wrong tokens from this address'),
  500: errors('the gateway failed to answer'),
  503: errors('no configuration is in force yet'),
})

const responseOf = ({ description, type, schema }: Described): unknown => ({
  description,
  content: { [type.split(';')[0] as string]: { schema } },
})
