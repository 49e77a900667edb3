import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bounds } from './bounds.ts'
import { codingOf } from './codings.ts'
import { Compression } from './compression.ts'

const head = () => ({ status: 200, fields: [] as string[], bodyLength: -1 })
const EVENT = Buffer.from('data: {"price":1}\n\n')
/** Once the handles that were destroyed have told so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('turns are given first come first served, and never more at once than there are', () => {
  const bounds = new Bounds(8, 2)
  const ran: number[] = []
  for (let i = 0; i < 5; i++) bounds.take(() => ran.push(i))
  assert.deepEqual(ran, [0, 1])
  bounds.done()
  assert.deepEqual(ran, [0, 1, 2])
  for (let i = 0; i < 4; i++) bounds.done()
  assert.deepEqual(ran, [0, 1, 2, 3, 4])
  bounds.take(() => ran.push(5))
  assert.equal(ran.at(-1), 5)
})

test('beyond the most that may be open a body passes as it is, and says so', async () => {
  const bounds = new Bounds(1, 1)
  const first = new Compression(head(), codingOf('gzip', 'fast'), 0, bounds)
  void first.write(EVENT)
  assert.ok((await first.flush()) !== undefined)
  const plain = head()
  const second = new Compression(plain, codingOf('gzip', 'fast'), 0, bounds)
  void second.write(EVENT)
  assert.deepEqual(await second.flush(), EVENT)
  assert.deepEqual(second.write(EVENT), EVENT)
  assert.equal(second.end(), undefined)
  assert.deepEqual(plain.fields, [])
  first.destroy()
  await settled()
  assert.equal(bounds.open, 0)
})

for (const name of ['gzip', 'br', 'zstd'] as const) {
  test(`${name}: whoever leaves gives up its compressor and its turn, whenever it is`, async () => {
    const bounds = new Bounds(8, 1)
    const make = (): Compression => new Compression(head(), codingOf(name, 'fast'), 0, bounds)
    const [resting, working, waiting, next] = [make(), make(), make(), make()]
    void resting.write(EVENT)
    await resting.flush()
    for (const each of [working, waiting, next]) void each.write(EVENT)
    const steps = [working, waiting, next].map(async (each) => each.flush())
    for (const each of [resting, working, waiting]) each.destroy()
    const [, left, came] = await Promise.all(steps)
    assert.equal(left, undefined)
    assert.ok(came !== undefined && came.length > 0, 'the turn of those that left was lost')
    next.destroy()
    await settled()
    assert.equal(bounds.open, 0)
    // Nobody holds a turn.
    let ran = false
    bounds.take(() => (ran = true))
    assert.ok(ran)
  })
}

test('a body that ends gives its compressor back', async () => {
  const bounds = new Bounds(8, 1)
  const body = new Compression({ status: 200, fields: [], bodyLength: 100_000 }, codingOf('gzip', 'fast'), 0, bounds)
  const first = await body.write(Buffer.alloc(60_000, 'x'))
  assert.equal(body.flush(), undefined, 'whose length is known is not flushed')
  const second = await body.write(Buffer.alloc(40_000, 'x'))
  const last = await body.end()
  const made = Buffer.concat([first, second, last].filter((part) => part !== undefined))
  assert.equal(made[0], 0x1f)
  assert.ok(made.length < 1_000)
  body.destroy()
  await settled()
  assert.equal(bounds.open, 0)
})
