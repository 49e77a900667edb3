import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LineSink } from '../sinks/line-sink.ts'
import { LogRouter } from './router.ts'

class SlowSink implements LineSink {
  readonly held: (() => void)[] = []
  readonly dropped = 0
  write(_batch: Uint8Array, done: () => void = () => {}): void {
    this.held.push(done)
  }
  reopen(): void {}
  end(): Promise<void> {
    return Promise.resolve()
  }
}

test('the memory of a batch is free as soon as the last sink has written it', () => {
  const sinks = [new SlowSink(), new SlowSink()]
  const router = new LogRouter(sinks)
  const batch = new Uint8Array(100)
  const acknowledged: number[] = []
  router.receive(batch, (bytes) => acknowledged.push(bytes))
  assert.deepEqual(acknowledged, [100])
  sinks[0]?.held[0]?.()
  assert.equal(batch.byteLength, 100)
  sinks[1]?.held[0]?.()
  assert.equal(batch.byteLength, 0)
  assert.ok(batch.buffer.detached)
})

test('a part of a larger buffer is left alone', () => {
  const sink = new SlowSink()
  const whole = new Uint8Array(100)
  new LogRouter([sink]).receive(whole.subarray(10, 20), () => {})
  sink.held[0]?.()
  assert.equal(whole.byteLength, 100)
})
