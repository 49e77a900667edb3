// What a reload replaces must go: each snapshot holds every route, every folded pipeline and what the policies made. The gateway here is the
// data plane of a worker in this thread.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { before, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { createGateway, type GatewaySource } from '../../src/index.ts'
import { type Call, definePolicy, proceed } from '../../src/plugin.ts'
import { scriptedService } from '../../src/testing/index.ts'

let collect = (): void => {}
before(() => {
  setFlagsFromString('--expose-gc')
  collect = runInNewContext('gc') as () => void
})

/** Turns of the event loop between collections: a weak reference holds what it gave until the turn is over, and closed wires take some. */
async function collected(one: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 8 && one.deref() !== undefined; turn++) {
    for (let i = 0; i < 5; i++) await setImmediate()
    collect()
  }
  return one.deref() === undefined
}

const configured = (version: number, address = '127.0.0.1'): GatewaySource => ({
  version: 1,
  listeners: { web: { address, port: 0 } },
  telemetry: { logs: { sinks: [] } },
  services: { up: { endpoints: ['http://up.test'] } },
  routes: {
    all: { match: '/{rest...}', service: 'up', policies: [{ watch: { version } }] },
    [`only-${version}`]: { match: `/only/${version}`, reply: { status: 200, body: String(version) } },
  },
})

/** A gateway that tells which snapshot served each version, and a client whose requests are answered when the test says. */
async function stand(each: (call: Call) => void = () => {}) {
  const snapshots = new Map<number, WeakRef<object>>()
  const made = new Map<number, WeakRef<object>>()
  const watch = definePolicy({
    name: 'watch',
    schema: z.strictObject({ version: z.number() }),
    create: ({ version }) => {
      const hooks = {
        onRequest: (call: Call) => {
          // What a policy is given is the exchange itself.
          snapshots.set(version, new WeakRef(Reflect.get(call, 'snapshot') as object))
          each(call)
          return proceed
        },
        onResponse: () => {},
        onEnd: () => {},
      }
      made.set(version, new WeakRef(hooks))
      return hooks
    },
  })
  const held: (() => void)[] = []
  const up = scriptedService(async ({ url }) => {
    if (url === '/slow') await new Promise<void>((resolve) => held.push(resolve))
    return { body: 'served' }
  })
  const gateway = await createGateway(configured(1), { services: { up }, policies: [watch] })
  return { gateway, snapshots, made, held, of: (map: Map<number, WeakRef<object>>, version: number) => map.get(version) as WeakRef<object> }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

test('R32 a replaced configuration is collected once its last request has ended, though the connection goes on', async () => {
  const { gateway, snapshots, made, held, of } = await stand()
  await using _ = gateway
  const client = gateway.connect()
  client.write(get('/slow'))
  while (held.length === 0) await setImmediate()
  await gateway.reload(configured(2))
  assert.equal((await gateway.inject('/quick')).text, 'served')
  assert.equal(await collected(of(snapshots, 1)), false, 'the request that runs needs it')
  held[0]?.()
  let taken = ''
  for await (const chunk of client.iterator({ destroyOnReturn: false })) if ((taken += String(chunk)).endsWith('served')) break
  assert.equal(await collected(of(snapshots, 1)), true, 'its snapshot is still held')
  assert.equal(await collected(of(made, 1)), true, 'what its policies made is still held')
  assert.equal(await collected(of(snapshots, 2)), false, 'it is in force')
  // An idle connection holds none either.
  await gateway.reload(configured(3))
  assert.equal(await collected(of(snapshots, 2)), true, 'the snapshot that only idle connections have seen is still held')
  client.destroy()
})

test('R34 a configuration that was built and refused is collected', async () => {
  const { gateway, made, of } = await stand()
  await using _ = gateway
  await gateway.listen()
  // Its address is no address of this machine, which is seen after everything has been built.
  await assert.rejects(gateway.reload(configured(2, '192.0.2.1')), /this machine has no such address/)
  assert.equal(await collected(of(made, 2)), true)
  assert.equal(await collected(of(made, 1)), false, 'it stays in force')
})

test('a call that somebody keeps keeps its configuration, so the tests above can fail', async () => {
  const kept: Call[] = []
  const { gateway, snapshots, of } = await stand((call) => kept.push(call))
  await using _ = gateway
  assert.equal((await gateway.inject('/quick')).text, 'served')
  await gateway.reload(configured(2))
  assert.equal((await gateway.inject('/quick')).text, 'served')
  assert.equal(await collected(of(snapshots, 1)), false)
  kept.length = 0
  assert.equal(await collected(of(snapshots, 1)), true)
})
