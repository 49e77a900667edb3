// Which connections a gateway gives up when it has to make room for other clients.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStage } from '../harness/memory-stage.ts'
import { canaryAnswer, canaryScript } from '../harness/service.ts'
import { valueOf } from '../harness/strict-message.ts'

const get = (canary: string): string => `GET /x HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n\r\n`

test('R42 connections idle for the longest time make room; what is in use, new or was so within a second stays', async () => {
  const stage = new MemoryStage({
    onRequest: ({ peer }, request) => {
      if (valueOf(request, 'x-canary') !== 'hold') peer.write(canaryAnswer(request))
    },
  })
  const { plane } = stage.gateway
  const [first, second, third, busy, fresh, silent] = Array.from({ length: 6 }, () => stage.client())
  // The third is the oldest: it asks first.
  for (const client of [third, first, second]) {
    client?.write(get('a'))
    await stage.settle()
    await stage.advance(2_000)
  }
  busy?.write(get('hold'))
  fresh?.write(get('b'))
  await stage.settle()
  const ended = (): boolean[] => [first, second, third, busy, fresh, silent].map((client) => client?.ended === true)

  plane.giveUpIdle(0)
  await stage.settle()
  assert.deepEqual(ended(), [false, false, false, false, false, false])
  plane.giveUpIdle(2)
  await stage.settle()
  assert.deepEqual(ended(), [true, false, true, false, false, false])
  plane.giveUpIdle(100)
  await stage.settle()
  assert.deepEqual(ended(), [true, true, true, false, false, false])
  await stage.end()
})

test('R42 how long a connection has been idle is known whatever a reload makes of `timeouts.keepAlive`', async () => {
  const stage = new MemoryStage(canaryScript)
  const { plane } = stage.gateway
  const keepAlive = (ms: number): void => plane.use({ ...plane.snapshot, timeouts: { ...plane.snapshot.timeouts, keepAlive: ms } })
  const [long, short] = [stage.client(), stage.client()]
  keepAlive(60_000)
  long.write(get('a'))
  await stage.settle()
  await stage.advance(3_000)
  keepAlive(5_000)
  short.write(get('b'))
  await stage.settle()
  keepAlive(30_000)
  plane.giveUpIdle(100)
  await stage.settle()
  assert.deepEqual([long.ended, short.ended], [true, false])
  await stage.end()
})

test('R42 connections that are ending already count', async () => {
  const stage = new MemoryStage(canaryScript)
  const clients = Array.from({ length: 4 }, () => stage.client())
  for (const client of clients) client.write(get('a'))
  await stage.settle()
  await stage.advance(3_000)
  stage.gateway.plane.giveUpIdle(2)
  await stage.settle()
  // Nobody has answered the FINs yet: what is too many is still what it was.
  stage.gateway.plane.giveUpIdle(2)
  await stage.settle()
  assert.equal(clients.filter((client) => client.ended).length, 2)
  await stage.end()
})
