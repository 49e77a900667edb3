// R39 asks which route's code ended a worker: main reads that in one word of shared memory, which must be right whatever hook runs.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { silentObserver } from '../harness/silent-observer.ts'
import { systemClock } from '../../src/base/clock.ts'
import { loadObject } from '../../src/config/load/load.ts'
import type { Plan } from '../../src/config/plan.ts'
import { memoryDuplexes } from '../../src/net/memory-duplex.ts'
import { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { definePolicy, type Policy, proceed } from '../../src/plugin.ts'
import { createCore } from '../../src/runtime/core.ts'

const running = new Int32Array(1)

/** Routes whose hooks note, each time that one runs, what main would read; `serve` asks for a path. */
async function stand(port: number) {
  const noted: string[] = []
  const note = (hook: string): void => void noted.push(`${hook} ${core.routeNames[(running[0] as number) - 1]}`)
  const watch = definePolicy({
    name: 'watch',
    schema: z.strictObject({ body: z.enum(['stream', 'whole', 'none']), wait: z.boolean() }),
    create: ({ body, wait }) => ({
      ...(body === 'whole' ? { needs: { responseBody: { max: 1_000, as: 'bytes' as const } } } : {}),
      onRequest: () => {
        note('onRequest')
        return proceed
      },
      onResponse: () => {
        note('onResponse')
        return wait ? setImmediate() : undefined
      },
      ...(body === 'stream'
        ? {
            responseStream: () => {
              note('responseStream')
              return { write: (chunk: Buffer) => (note('write'), Buffer.from(chunk)), end: () => (note('end'), undefined) }
            },
          }
        : {}),
      ...(body === 'whole' ? { onResponseBody: (_: unknown, whole: { bytes: Buffer }) => (note('onResponseBody'), whole as never) } : {}),
      onEnd: () => note('onEnd'),
    }),
  }) as Policy
  const registry = createRegistry([watch])
  const route = (path: string, handler: object, body: string, wait = false) => ({
    match: `GET /${path}`,
    ...handler,
    policies: [{ watch: { body, wait } }],
  })
  const config = {
    version: 1,
    telemetry: { logs: { sinks: [] } },
    services: { up: { endpoints: [`http://127.0.0.1:${port}`] } },
    routes: {
      other: { match: 'GET /other', reply: { body: 'other' } },
      stream: route('stream', { service: 'up' }, 'stream'),
      waiting: route('waiting', { service: 'up' }, 'stream', true),
      whole: route('whole', { service: 'up' }, 'whole'),
      reply: route('reply', { reply: { body: 'reply' } }, 'none'),
    },
  }
  const { plan, findings } = await loadObject(config, { cwd: process.cwd(), env: {}, registry })
  assert.deepEqual(findings, [])
  const core = createCore({ clock: systemClock, observer: silentObserver, slot: 0, running, loopId: 'x', registry })
  core.switch(await core.prepare(plan as Plan))
  const network = new MemoryNetwork()
  const ask = async (path: string): Promise<string> => {
    const { outgoing, incoming } = memoryDuplexes(network)
    core.connect(incoming.wire)
    outgoing.end(`GET /${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const answer = await text(outgoing)
    return answer.slice(answer.indexOf('\r\n\r\n') + 4)
  }
  return { core, noted, ask }
}

test('R39 each hook of a policy runs under the name of its route, on the way out and at the end as well', async () => {
  // The answer comes in another turn than the request.
  const service = http.createServer((_, response) => void setTimeout(5).then(() => response.end('served')))
  await once(service.listen(0, '127.0.0.1'), 'listening')
  const { core, noted, ask } = await stand((service.address() as AddressInfo).port)
  const hooks = async (path: string): Promise<string[]> => {
    assert.match(await ask(path), /served|reply/)
    assert.equal(running[0], 0, 'nothing is left behind')
    return noted.splice(0)
  }
  const streamed = ['onRequest', 'onResponse', 'responseStream', 'write', 'end', 'onEnd']
  for (const path of ['stream', 'waiting'])
    assert.deepEqual(
      await hooks(path),
      streamed.map((hook) => `${hook} ${path}`),
    )
  assert.deepEqual(await hooks('whole'), ['onRequest whole', 'onResponse whole', 'onResponseBody whole', 'onEnd whole'])
  assert.deepEqual(await hooks('reply'), ['onRequest reply', 'onResponse reply', 'onEnd reply'])
  await core.end()
  service.closeAllConnections()
  await new Promise((resolve) => service.close(resolve))
})
