// Randomness without a system call a value: ids come from a pool that the kernel fills 16 KiB at a time, and choices that nobody gains by
// guessing (sampling, balancing) come from xoshiro128**, a fast generator that is not cryptographic.
import { randomFillSync } from 'node:crypto'

const POOL = 16_384
const pool = Buffer.allocUnsafeSlow(POOL)
let used = POOL

/** Takes `bytes` (at most POOL) of the pool and returns where they start. */
function take(bytes: number): number {
  if (used + bytes > POOL) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += bytes
  return start
}

/** `bytes` random bytes as lower-case hex (twice as many characters). Fit for secrets. Range 0–16384. */
export function randomHex(bytes: number): string {
  if (!(bytes >= 0 && bytes <= POOL)) throw new RangeError(`randomHex gives 0 to ${POOL} bytes, not ${bytes}`)
  const start = take(bytes)
  return pool.toString('hex', start, start + bytes)
}

// Ids are written out digit by digit: `fromCharCode` of as many codes is one flat string, made without leaving JavaScript (70 ns for 32
// digits; `toString('hex')` takes 100). Slicing one long hex string is faster still, but each id would keep all of it alive.
const HEX = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

function hex8(k: number): string {
  const p = pool
  const h = HEX
  return String.fromCharCode(
    h[p[k]! >> 4]!,
    h[p[k]! & 15]!,
    h[p[k + 1]! >> 4]!,
    h[p[k + 1]! & 15]!,
    h[p[k + 2]! >> 4]!,
    h[p[k + 2]! & 15]!,
    h[p[k + 3]! >> 4]!,
    h[p[k + 3]! & 15]!,
    h[p[k + 4]! >> 4]!,
    h[p[k + 4]! & 15]!,
    h[p[k + 5]! >> 4]!,
    h[p[k + 5]! & 15]!,
    h[p[k + 6]! >> 4]!,
    h[p[k + 6]! & 15]!,
    h[p[k + 7]! >> 4]!,
    h[p[k + 7]! & 15]!,
  )
}

function hex16(k: number): string {
  const p = pool
  const h = HEX
  return String.fromCharCode(
    h[p[k]! >> 4]!,
    h[p[k]! & 15]!,
    h[p[k + 1]! >> 4]!,
    h[p[k + 1]! & 15]!,
    h[p[k + 2]! >> 4]!,
    h[p[k + 2]! & 15]!,
    h[p[k + 3]! >> 4]!,
    h[p[k + 3]! & 15]!,
    h[p[k + 4]! >> 4]!,
    h[p[k + 4]! & 15]!,
    h[p[k + 5]! >> 4]!,
    h[p[k + 5]! & 15]!,
    h[p[k + 6]! >> 4]!,
    h[p[k + 6]! & 15]!,
    h[p[k + 7]! >> 4]!,
    h[p[k + 7]! & 15]!,
    h[p[k + 8]! >> 4]!,
    h[p[k + 8]! & 15]!,
    h[p[k + 9]! >> 4]!,
    h[p[k + 9]! & 15]!,
    h[p[k + 10]! >> 4]!,
    h[p[k + 10]! & 15]!,
    h[p[k + 11]! >> 4]!,
    h[p[k + 11]! & 15]!,
    h[p[k + 12]! >> 4]!,
    h[p[k + 12]! & 15]!,
    h[p[k + 13]! >> 4]!,
    h[p[k + 13]! & 15]!,
    h[p[k + 14]! >> 4]!,
    h[p[k + 14]! & 15]!,
    h[p[k + 15]! >> 4]!,
    h[p[k + 15]! & 15]!,
  )
}

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** A request id: 128 random bits as 32 hex digits. Unguessable, so that one client's id tells nothing about another's. */
export const requestId = (): string => hex16(take(16))

/** A trace id: 32 hex digits, never all zero (W3C Trace Context §3.2.2.3). */
export function traceId(): string {
  let id = hex16(take(16))
  while (id === NO_TRACE) id = hex16(take(16))
  return id
}

/** A span id: 16 hex digits, never all zero (W3C Trace Context §3.2.2.4). */
export function spanId(): string {
  let id = hex8(take(8))
  while (id === NO_SPAN) id = hex8(take(8))
  return id
}

// xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021); seeded by the kernel, one state a thread.
const state = new Int32Array(4)
do randomFillSync(state)
while (state.every((word) => word === 0)) // the one state that it never leaves

/** A number in [0, 1) with 32 random bits. Predictable from its own output: for sampling and balancing, never for a secret. */
export function randomFloat(): number {
  const s1 = state[1] as number
  const product = Math.imul(s1, 5)
  const result = Math.imul((product << 7) | (product >>> 25), 9)
  const s2 = (state[2] as number) ^ (state[0] as number)
  const s3 = (state[3] as number) ^ s1
  state[1] = s1 ^ s2
  state[0] = (state[0] as number) ^ s3
  state[2] = s2 ^ (s1 << 9)
  state[3] = (s3 << 11) | (s3 >>> 21)
  return (result >>> 0) / 0x1_0000_0000
}
