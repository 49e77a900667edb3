// The answers' shapes, as JSON Schema: what the OpenAPI document shows and what tests hold every answer to.
import type { Described, Schema } from './operation.ts'

const text: Schema = { type: 'string' }
const number: Schema = { type: 'number' }
const integer: Schema = { type: 'integer' }
const time: Schema = { type: 'string', format: 'date-time' }
const list = (items: Schema): Schema => ({ type: 'array', items })

/** An object of exactly these members; those whose names end in `?` may be missing. */
export function object(members: Readonly<Record<string, Schema>>): Schema {
  const properties = Object.fromEntries(Object.entries(members).map(([name, schema]) => [name.replace('?', ''), schema]))
  const required = Object.keys(members).filter((name) => !name.endsWith('?'))
  return { type: 'object', properties, required, additionalProperties: false }
}

const finding = object({
  file: text,
  line: integer,
  column: integer,
  path: text,
  message: text,
  severity: { type: 'string', enum: ['error', 'warning'] },
})
const changes = object({ added: list(text), removed: list(text), changed: list(text) })
const endpointState: Schema = { type: 'string', enum: ['up', 'out', 'unknown'] }
const endpoint = object({ url: text, weight: integer, state: endpointState, 'since?': time, 'reason?': text })
const service = object({ name: text, endpoints: list(endpoint) })
const condition = list(object({ name: text, value: text }))
const match = object({ 'method?': text, path: text, hosts: list(text), headers: condition, query: condition })
const route = object({
  name: text,
  match: list(match),
  handler: object({
    kind: { type: 'string', enum: ['forward', 'reply', 'redirect'] },
    'services?': list(object({ name: text, weight: integer })),
    'mirror?': text,
    'status?': integer,
    'to?': text,
  }),
  policies: list(object({ kind: text, origin: text })),
})
const page = (items: Schema): Schema => object({ items: list(items), 'next?': text })

export const health = object({
  status: { type: 'string', enum: ['pass', 'warn', 'fail'] },
  checks: { type: 'object', additionalProperties: list(object({ status: text, 'output?': text })) },
})

export const status = object({
  verdict: text,
  state: { type: 'string', enum: ['ok', 'degraded', 'not-ready'] },
  ready: { type: 'boolean' },
  version: text,
  pid: integer,
  startedAt: time,
  uptime: number,
  'configuration?': object({
    hash: text,
    version: integer,
    loadedAt: time,
    'lastReload?': object({ at: time, outcome: { type: 'string', enum: ['switched', 'refused'] }, reason: text }),
  }),
  routes: integer,
  listeners: list(object({ name: text, address: text, port: integer })),
  workers: list(
    object({ id: integer, state: text, 'reportAge?': number, connections: integer, exchanges: integer, 'blocked?': { type: 'boolean' } }),
  ),
  services: list(service),
})

export const routes = page(route)
export const services = page(service)
/** The plan is the configuration with everything filled in; its members change with the language. */
export const configuration: Schema = { type: 'object', additionalProperties: true }
export const reloaded = object({
  outcome: { type: 'string', enum: ['switched'] },
  configuration: object({ hash: text, version: integer }),
  summary: text,
  changes: object({ listeners: changes, services: changes, routes: changes, sections: list(text), same: { type: 'boolean' } }),
  findings: list(finding),
  took: object({ read: number, taken: number }),
})
export const explainBody = object({
  'method?': text,
  url: text,
  'headers?': { type: 'object', additionalProperties: text },
  'from?': text,
  'body?': text,
})
export const explanation: Schema = { type: 'object', additionalProperties: true }

const problemMembers = { type: text, title: text, status: integer, detail: text, code: text }
export const problem = object(problemMembers)
export const reloadProblem = object({ ...problemMembers, findings: list(finding) })

/** An answer of that shape in JSON. */
export const answers = (description: string, schema: Schema, type = 'application/json'): Described => ({ description, type, schema })

/** An error that this operation alone has. */
export const errors = (description: string, schema: Schema = problem): Described => answers(description, schema, 'application/problem+json')
