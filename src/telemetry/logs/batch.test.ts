import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LineSink } from '../sinks/line-sink.ts'
import { LogBatch } from './batch.ts'
import { LogRouter } from './router.ts'

function collect(options: { size?: number; delay?: number; limit?: number } = {}) {
  const batches: string[] = []
  let dropped = 0
  const batch = new LogBatch({
    post: (bytes) => batches.push(Buffer.from(bytes).toString()),
    onDrop: (lines) => void (dropped += lines),
    ...options,
  })
  return { batch, batches, dropped: () => dropped }
}

test('lines leave together, when there are enough bytes', () => {
  const { batch, batches } = collect({ size: 10 })
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) batch.add(line)
  assert.deepEqual(batches, ['one\ntwo\nthree\n'])
  batch.flush()
  assert.deepEqual(batches, ['one\ntwo\nthree\n', 'four\n'])
  batch.flush()
  assert.equal(batches.length, 2)
})

test("a line waits for its delay at most, as the thread's wheel ticks", () => {
  const { batch, batches } = collect({ delay: 50 })
  batch.tick(1_000)
  batch.add('one\n')
  batch.tick(1_049)
  assert.deepEqual(batches, [])
  batch.tick(1_050)
  assert.deepEqual(batches, ['one\n'])
})

test('while main takes nothing, lines are dropped and counted, and go on once it does', () => {
  const { batch, batches, dropped } = collect({ size: 10, limit: 40 })
  for (let i = 0; i < 20; i++) batch.add('12345\n')
  assert.equal(batches.join('').length + 6 * dropped(), 120)
  assert.ok(batch.unacknowledged <= 40)
  assert.ok(dropped() >= 13)
  batch.acknowledge(batch.unacknowledged)
  const before = dropped()
  batch.add('12345\n')
  assert.equal(dropped(), before)
})

test('bytes are UTF-8 in a buffer of their own, so that they can be transferred', () => {
  const batches: Uint8Array[] = []
  const batch = new LogBatch({ post: (bytes) => batches.push(bytes) })
  batch.add('é\n')
  batch.flush()
  assert.deepEqual([...batches[0]!], [0xc3, 0xa9, 0x0a])
  assert.equal(batches[0]!.buffer.byteLength, 3)
})

class MemorySink implements LineSink {
  text = ''
  reopened = 0
  ended = false
  dropped = 0
  write(batch: Uint8Array): void {
    this.text += Buffer.from(batch).toString()
  }
  reopen(): void {
    this.reopened++
  }
  end(): Promise<void> {
    this.ended = true
    return Promise.resolve()
  }
}

test('main writes a batch to every sink and acknowledges it; a reload ends only the sinks that went', async () => {
  const [one, two, three] = [new MemorySink(), new MemorySink(), new MemorySink()]
  const router = new LogRouter([one, two])
  const batch = new LogBatch({ post: (bytes) => router.receive(bytes, (taken) => batch.acknowledge(taken)) })
  batch.add('one\n')
  batch.flush()
  assert.equal(batch.unacknowledged, 0)
  await router.replace([two, three])
  batch.add('two\n')
  batch.flush()
  assert.deepEqual([one.text, two.text, three.text], ['one\n', 'one\ntwo\n', 'two\n'])
  assert.deepEqual([one.ended, two.ended], [true, false])
  router.reopen()
  assert.deepEqual([one.reopened, two.reopened], [0, 1])
  two.dropped = 2
  three.dropped = 3
  assert.equal(router.dropped, 5)
  await router.end()
  assert.ok(two.ended && three.ended)
})
