import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BodyStage } from '../pipeline/pipeline.ts'
import type { Outgoing } from './outgoing.ts'
import { ResponseStages } from './response-stages.ts'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** An exchange whose client takes nothing, and whether its service is paused. */
function slowExchange(): { exchange: Outgoing; paused: () => boolean; written: string[] } {
  let paused = false
  const written: string[] = []
  const source = { pause: () => void (paused = true), resume: () => void (paused = false), cancel: () => {} }
  const exchange = {
    source,
    plane: { mark: () => -1 },
    enter: () => -1,
    send: () => {},
    write(chunk: Buffer) {
      written.push(chunk.toString())
      source.pause()
      return false
    },
    sendEnd: () => {},
    connection: { writer: { flush: () => {} } },
  }
  return { exchange: exchange as unknown as Outgoing, paused: () => paused, written }
}

test('R14 a stage that gives nothing for a chunk does not let the service go on past a client that reads slowly', async () => {
  const { exchange, paused, written } = slowExchange()
  const quiet: BodyStage = {
    kind: 'stream',
    stream: {
      write: (chunk) => (chunk.toString() === 'held' ? undefined : chunk),
      flush: () => undefined,
      end: () => undefined,
      destroy: () => {},
    },
  }
  const stages = new ResponseStages(exchange, [quiet], { status: 200, fields: [], bodyLength: -1 }, () => {})
  stages.data(Buffer.from('given'))
  // Was on its way already when the service was paused.
  stages.data(Buffer.from('held'))
  await settled()
  assert.deepEqual(written, ['given'])
  assert.equal(paused(), true)
  stages.onDrain()
  assert.equal(paused(), false)
})
