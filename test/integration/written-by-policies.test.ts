// What a program's own policy writes, seen by the client and the service: its fields and statuses are judged before anything is made of
// them, and what may not be is that request's 500 with a line in the gateway's log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createGateway, type GatewaySource } from '../../src/index.ts'
import { definePolicy, type Hooks, proceed, refuse, reply, type Verdict } from '../../src/plugin.ts'
import { scriptedService } from '../../src/testing/index.ts'

/** A gateway whose one route, `POST /x`, runs `hooks` in front of a service that answers 200 `fine`. */
async function stand(hooks: Hooks) {
  const policy = definePolicy({ name: 'own', schema: z.strictObject({}), create: () => hooks })
  const service = scriptedService(() => ({ status: 200, headers: { 'x-from': 'service' }, body: 'fine' }))
  const log: string[] = []
  const config = {
    version: 1,
    telemetry: { logs: { sinks: [] } },
    services: { far: { endpoints: ['http://far.test'] } },
    routes: { x: { match: 'POST /x', service: 'far', policies: ['request-id', 'own'] } },
  } as GatewaySource
  const gateway = await createGateway(config, {
    policies: [policy],
    services: { far: service },
    log: (level, message) => void log.push(`${level} ${message}`),
  })
  return { gateway, service, log, [Symbol.asyncDispose]: () => gateway.close() }
}

const ask = { method: 'POST', url: '/x', body: 'hello' }

/** Asserts that a request through `hooks` is a 500 that the log tells of with `told`. */
async function isFailure(hooks: Hooks, told: RegExp, about: string, served = 0): Promise<void> {
  await using stage = await stand(hooks)
  const answer = await stage.gateway.inject(ask)
  assert.equal(answer.status, 500, about)
  assert.equal((answer.json() as { code: string }).code, 'policy_failed', about)
  assert.equal(stage.log.length, 1, about)
  assert.match(stage.log[0] ?? '', told, about)
  assert.equal(stage.service.requests.length, served, about)
}

const FRAMING = ['Content-Length', 'transfer-encoding', 'connection', 'host', 'upgrade', 'te', 'trailer', 'Keep-Alive', 'content_length']
const BROKEN: [name: string, value: unknown][] = [
  ['x a:', 'b'],
  ['', 'b'],
  ['x-\u212Aey', 'b'],
  ['x-a', 'b\r\nx-evil: 1'],
  ['x-a', '\0'],
  ['x-a', '\u0100'],
  ['x-a', 5],
]

test('A8 framing and broken fields that a policy sets on a request or an answer are its 500, not a second line on the wire', async () => {
  const fields = [...FRAMING.map((name): [string, unknown] => [name, '9']), ...BROKEN]
  for (const [name, value] of fields) {
    const about = JSON.stringify([name, value])
    const told = (hook: string): RegExp => new RegExp(`^\\w+ policy own failed in ${hook} on route x: TypeError: `)
    await isFailure({ onRequest: (call) => (call.request.headers.set(name, value as string), proceed) }, told('onRequest'), about)
    await isFailure({ onRequest: async (call) => (call.request.headers.append(name, value as string), proceed) }, told('onRequest'), about)
    await isFailure({ onResponse: (_, { headers }) => headers.set(name, value as string) }, told('onResponse'), about, 1)
    await isFailure({ onRequest: () => reply({ status: 200, fields: [name, value as string] }) }, told('onRequest'), about)
    await isFailure({ onRequest: async () => refuse('no', { fields: [name, value as string] }) }, told('onRequest'), about)
  }
})

test('A34 what the gateway asserts about a request is not set by a policy', async () => {
  for (const name of ['X-Forwarded-For', 'x_real_ip', 'via', 'x-principal-id', 'traceparent'])
    await isFailure({ onRequest: (call) => (call.request.headers.set(name, '1'), proceed) }, /what the gateway itself says/, name)
})

test('A8 a list of fields that a policy changes by hand is judged as well', async () => {
  for (const [name, value] of [['content-length', '99'], ['host', 'evil'], ['X-Upper', 'b'], ...BROKEN] as [string, string][]) {
    const about = JSON.stringify([name, value])
    await isFailure({ onRequest: (call) => (call.request.head.fields.push(name, value), proceed) }, /failed in onRequest on/, about)
    if (name !== 'host') await isFailure({ onResponse: (_, { head }) => void head.fields.push(name, value) }, /in onResponse on/, about, 1)
  }
  await isFailure({ onResponse: (_, { head }) => void head.fields.push('x-odd') }, /without a value/, 'odd', 1)
  const stream = (_: unknown, { head }: { head: { fields: string[] } }) => (head.fields.push('te', 'x'), undefined)
  await isFailure({ responseStream: stream }, /in responseStream on/, 'responseStream', 1)
})

test('a status that is none of a final answer is the 500 of the policy that said it', async () => {
  for (const status of [99, 101, 199, 600, 777, 200.5, Number.NaN, '200' as never]) {
    const about = String(status)
    await isFailure({ onRequest: () => reply({ status }) }, /not the status of an answer/, about)
    await isFailure({ onRequest: () => refuse('no', { status }) }, /not the status of an answer/, about)
    await isFailure({ onResponse: (_, response) => void (response.status = status) }, /in onResponse on route x/, about, 1)
    await isFailure({ onResponse: async (_, { head }) => void (head.status = status) }, /in onResponse on route x/, about, 1)
  }
})

test('a verdict of a shape that is none of ours ends no worker', async () => {
  const odd = [
    { kind: 'fault', fault: 'nonsense' },
    { kind: 'refuse', code: 5, status: 403, fields: [] },
    reply({ status: 200, body: 5 as never }),
  ]
  for (const verdict of odd) await isFailure({ onRequest: () => verdict as Verdict }, /returned no verdict/, JSON.stringify(verdict))
})

test('what a policy may write is written: names in any case, any status of an answer, fields that stand there already', async () => {
  await using stage = await stand({
    onRequest: (call) => {
      call.request.headers.set('X-Edge', 'é')
      call.request.headers.append('accept', 'text/html')
      call.request.head.fields.push('x-pushed', '1')
      call.request.headers.remove('x-gone')
      return proceed
    },
    onResponse: (_, response) => {
      response.status = 599
      response.headers.set('X-From', 'policy')
      response.headers.set('ratelimit', '"a";r=1')
    },
  })
  const answer = await stage.gateway.inject({ ...ask, headers: { 'x-gone': '1', accept: 'text/plain', x_odd: '1' } })
  assert.deepEqual([answer.status, answer.headers['x-from'], answer.headers['ratelimit'], answer.text], [599, 'policy', '"a";r=1', 'fine'])
  const headers = stage.service.requests[0]?.headers ?? {}
  assert.deepEqual([headers['x-edge'], headers['x-pushed'], headers['x-gone'], headers['x_odd']], ['é', '1', undefined, '1'])
  assert.deepEqual(stage.log, [])

  await using second = await stand({ onRequest: () => reply({ status: 200, fields: ['X-Upper', 'b'], body: Buffer.from('own') }) })
  const own = await second.gateway.inject(ask)
  assert.deepEqual([own.status, own.headers['x-upper'], own.text], [200, 'b', 'own'])
})
