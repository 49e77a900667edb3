import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Destination, WriteQueue } from './write-queue.ts'

const lines = (from: number, count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => `line ${from + i}\n`).join(''))
const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A descriptor in memory that a test makes fail, write in parts, or hang. */
class FakeDescriptor implements Destination {
  text = ''
  inFlight = 0
  mostInFlight = 0
  reopened = 0
  closed = false
  /** The most bytes of one write. */
  part = Infinity
  failure: string | undefined
  hanging: (() => void)[] | undefined
  write(bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, written: number) => void): void {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight)
    const finish = (): void => {
      this.inFlight--
      if (this.failure !== undefined) return done(Object.assign(new Error(this.failure), { code: this.failure }), 0)
      const part = Buffer.from(bytes.subarray(0, this.part))
      this.text += part.toString()
      done(null, part.byteLength)
    }
    if (this.hanging === undefined) setImmediate(finish)
    else this.hanging.push(finish)
  }
  reopen(done: (error: Error | null) => void): void {
    this.reopened++
    setImmediate(() => done(null))
  }
  close(done: () => void): void {
    this.closed = true
    done()
  }
}

test('batches are written in order, whole, with one write in flight', async () => {
  const to = new FakeDescriptor()
  to.part = 7
  const sink = new WriteQueue(to)
  for (let i = 0; i < 20; i++) sink.write(lines(i * 3, 3))
  await sink.end()
  assert.equal(to.text, lines(0, 60).toString())
  assert.equal(to.mostInFlight, 1)
  assert.equal(sink.dropped, 0)
  assert.ok(to.closed)
})

test('a queue takes its bound and drops the newest beyond it, counting lines', async () => {
  const to = new FakeDescriptor()
  to.hanging = []
  const dropped: number[] = []
  const sink = new WriteQueue(to, { limit: 100, onDrop: (count) => dropped.push(count) })
  sink.write(lines(0, 10))
  sink.write(lines(10, 3))
  sink.write(lines(13, 5))
  assert.equal(sink.dropped, 5)
  assert.deepEqual(dropped, [5])
  const [first] = to.hanging
  to.hanging = undefined
  first?.()
  await sink.end()
  assert.equal(to.text, lines(0, 13).toString())
})

test('R43 a recovery is told once, when writing works again and half of the queue is free', async () => {
  const to = new FakeDescriptor()
  to.hanging = []
  const told: string[] = []
  const sink = new WriteQueue(to, {
    limit: 100,
    onTrouble: ({ message }) => told.push(message),
    onDrop: (count) => told.push(`lost ${count}`),
    onRecovered: () => told.push('recovered'),
  })
  const answer = (failure?: string): void => {
    to.failure = failure
    to.hanging?.shift()?.()
  }
  sink.write(lines(0, 1))
  answer()
  assert.deepEqual(told.splice(0), [], 'nothing was wrong')
  for (let i = 0; i < 10; i++) sink.write(lines(0, 2))
  assert.deepEqual(told.splice(0), ['lost 2', 'lost 2', 'lost 2'])
  answer()
  answer()
  assert.deepEqual(told.splice(0), [], 'more than half is full')
  answer()
  answer()
  assert.deepEqual(told.splice(0), ['recovered'])
  answer('EPIPE')
  answer()
  assert.deepEqual(told.splice(0), ['EPIPE', 'lost 2', 'recovered'])
  await sink.end()
})

for (const code of ['ENOSPC', 'EAGAIN', 'EDQUOT']) {
  test(`R43 after ${code} what waits is written once there is room, without a torn line, and what did not fit is counted`, async () => {
    const to = new FakeDescriptor()
    const troubles: string[] = []
    const sink = new WriteQueue(to, { limit: 200, onTrouble: (error) => troubles.push(error.message) })
    to.part = 10
    sink.write(lines(0, 10))
    await turn()
    to.failure = code
    for (let i = 10; i < 50; i++) sink.write(lines(i, 1))
    await turn(60)
    const { dropped } = sink
    assert.ok(dropped > 0)
    assert.deepEqual(troubles, [code], 'told once')
    to.failure = undefined
    await turn(150)
    sink.write(lines(50, 1))
    await sink.end()
    const written = to.text.split('\n').slice(0, -1)
    assert.equal(written.length + dropped, 51)
    for (const line of written) assert.match(line, /^line \d+$/)
    assert.equal(written.at(-1), 'line 50')
  })
}

test('R43 after an error that stays the batch is dropped, and the next line after a torn one begins on its own', async () => {
  const to = new FakeDescriptor()
  const sink = new WriteQueue(to)
  to.part = 10
  to.hanging = []
  sink.write(lines(0, 5))
  to.hanging.shift()?.()
  to.failure = 'EPIPE'
  to.hanging.shift()?.()
  assert.equal(sink.dropped, 4, 'the torn line counts as dropped')
  to.failure = undefined
  to.hanging = undefined
  to.part = Infinity
  sink.write(lines(5, 1))
  await sink.end()
  assert.equal(to.text, 'line 0\nlin\nline 5\n')
})

test('a stuck descriptor does not keep the end waiting for more than a second, and is not closed under its write', async () => {
  const to = new FakeDescriptor()
  to.hanging = []
  const sink = new WriteQueue(to)
  sink.write(lines(0, 2))
  sink.write(lines(2, 3))
  const before = performance.now()
  await sink.end()
  assert.ok(performance.now() - before < 1_500)
  assert.equal(sink.dropped, 5)
  assert.ok(!to.closed)
  to.hanging[0]?.()
  sink.write(lines(5, 1))
  assert.equal(sink.dropped, 6)
})

test('reopening comes between writes and ends a wait', async () => {
  const to = new FakeDescriptor()
  const sink = new WriteQueue(to)
  sink.write(lines(0, 1))
  sink.reopen()
  assert.equal(to.reopened, 0, 'not under a write')
  await turn(5)
  assert.equal(to.reopened, 1)
  sink.reopen()
  await turn(5)
  assert.equal(to.reopened, 2, 'at once when idle')
  await sink.end()
  sink.reopen()
  assert.equal(to.reopened, 2)
})

test('a batch is let go of once, when it is written or dropped', async () => {
  const to = new FakeDescriptor()
  to.part = 9
  const sink = new WriteQueue(to, { limit: 60 })
  const told: string[] = []
  const send = (name: string, count: number): void => sink.write(lines(0, count), () => told.push(`${name} at ${to.text.length}`))
  send('written', 4)
  send('queued', 3)
  send('too much', 9)
  assert.deepEqual(told, ['too much at 0'])
  await sink.end()
  send('late', 1)
  assert.deepEqual(told, ['too much at 0', 'written at 28', 'queued at 49', 'late at 49'])
})
