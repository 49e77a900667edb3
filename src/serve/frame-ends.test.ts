import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameEnds } from './frame-ends.ts'

/** A frame as RFC 6455 §5.2 lays it out. */
function frame(length: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([0x82, mask | length])
      : length < 65_536
        ? Buffer.from([0x82, mask | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x82, mask | 127, 0, 0, 0, 0]), Buffer.from([length >>> 24, length >> 16, length >> 8, length])])
  // Payloads that look like heads of frames.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 0x81), Buffer.alloc(length, 0x81)])
}

test('the end of every frame is found, whatever its length and however the bytes come', () => {
  const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(length, fc.boolean()), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 40 }),
      (frames, sizes) => {
        const bytes = Buffer.concat(frames.map(([size, masked]) => frame(size, masked)))
        const ends = new Set<number>()
        let sum = 0
        for (const [size, masked] of frames) ends.add((sum += frame(size, masked).length))
        const found = new FrameEnds()
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const chunk = bytes.subarray(at, at + (sizes[i % sizes.length] as number))
          const within = [...ends].filter((end) => end > at && end <= at + chunk.length)
          assert.equal(found.push(chunk), within.length === 0 ? -1 : Math.max(...within) - at)
          at += chunk.length
          assert.equal(found.between, ends.has(at))
        }
      },
    ),
  )
})

test('before anything came it is between frames', () => assert.equal(new FrameEnds().between, true))
