// What a gateway that stops does with requests that it has been sent already, as bytes on the wire.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryStage } from '../harness/memory-stage.ts'
import { canaryAnswer } from '../harness/service.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'

const get = (canary: string): string => `GET /x HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n\r\n`

describe('R38 a drain', () => {
  for (const when of ['before they come', 'while the first is under way'] as const) {
    test(`that begins ${when} answers every request that a client had sent ahead, and only the last says close`, async () => {
      const waiting: (() => void)[] = []
      const stage = new MemoryStage({ onRequest: ({ peer }, request) => void waiting.push(() => peer.write(canaryAnswer(request))) })
      const client = stage.client()
      if (when === 'before they come') stage.gateway.plane.startDrain()
      client.write(get('a') + get('b') + get('c'))
      await stage.settle()
      stage.gateway.plane.startDrain()
      for (let i = 0; i < 3; i++) {
        waiting.shift()?.()
        await stage.settle()
      }
      const { messages } = readResponses(client.received, [], client.ended)
      assert.deepEqual(
        messages.map((message) => [message.body, valueOf(message, 'connection')]),
        [
          ['GET /x a', undefined],
          ['GET /x b', undefined],
          ['GET /x c', 'close'],
        ],
      )
      assert.ok(client.ended)
      await stage.end()
    })
  }

  test('that begins behind the head of an answer leaves the connection to its next request', async () => {
    const stage = new MemoryStage({ onRequest: ({ peer }) => peer.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf') })
    const client = stage.client()
    client.write(get('a'))
    await stage.settle()
    stage.gateway.plane.startDrain()
    stage.service.connections[0]?.peer.write('more')
    await stage.settle()
    assert.ok(!client.ended)
    stage.service.script = { onRequest: ({ peer }, request) => peer.write(canaryAnswer(request)) }
    client.write(get('b'))
    await stage.settle()
    const { messages } = readResponses(client.received, [], client.ended)
    assert.deepEqual(
      messages.map((message) => [message.body, valueOf(message, 'connection')]),
      [
        ['halfmore', undefined],
        ['GET /x b', 'close'],
      ],
    )
    assert.ok(client.ended)
    await stage.end()
  })
})
