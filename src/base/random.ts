// Randomness without a system call a value: ids come from a pool that the kernel fills 4 KiB at a time, and choices that nobody gains by
// guessing (sampling, balancing) come from xoshiro128**, a fast generator that is not cryptographic.
import { randomFillSync } from 'node:crypto'

const POOL = 4096
const pool = Buffer.allocUnsafeSlow(POOL)
// The pool once more as ASCII hex digits. `String.fromCharCode` over them gives a flat string of its own in 60 ns; slicing one long hex
// string is faster (24 ns) but each id would then keep all 8 KiB of it alive.
const digits = new Uint8Array(POOL * 2)
let used = POOL

/** Takes `bytes` (at most POOL) of the pool and returns where they start. */
function take(bytes: number): number {
  if (used + bytes > POOL) {
    randomFillSync(pool)
    for (let i = 0; i < POOL; i++) {
      const byte = pool[i] as number
      digits[2 * i] = hexDigit(byte >> 4)
      digits[2 * i + 1] = hexDigit(byte & 15)
    }
    used = 0
  }
  const start = used
  used += bytes
  return start
}

const hexDigit = (nibble: number): number => (nibble < 10 ? 48 + nibble : 87 + nibble)

/** `bytes` random bytes as lower-case hex (twice as many characters). Fit for secrets. Range 0–4096. */
export function randomHex(bytes: number): string {
  if (!(bytes >= 0 && bytes <= POOL)) throw new RangeError(`randomHex gives 0 to ${POOL} bytes, not ${bytes}`)
  const start = take(bytes)
  return pool.toString('hex', start, start + bytes)
}

/** Eight bytes of digits, written out: a loop or a spread would cost more than the string itself. */
function hex8(at: number): string {
  const d = digits
  // prettier-ignore
  return String.fromCharCode(
    d[at]!, d[at + 1]!, d[at + 2]!, d[at + 3]!, d[at + 4]!, d[at + 5]!, d[at + 6]!, d[at + 7]!,
    d[at + 8]!, d[at + 9]!, d[at + 10]!, d[at + 11]!, d[at + 12]!, d[at + 13]!, d[at + 14]!, d[at + 15]!,
  )
}

function hex16(at: number): string {
  const d = digits
  // prettier-ignore
  return String.fromCharCode(
    d[at]!, d[at + 1]!, d[at + 2]!, d[at + 3]!, d[at + 4]!, d[at + 5]!, d[at + 6]!, d[at + 7]!,
    d[at + 8]!, d[at + 9]!, d[at + 10]!, d[at + 11]!, d[at + 12]!, d[at + 13]!, d[at + 14]!, d[at + 15]!,
    d[at + 16]!, d[at + 17]!, d[at + 18]!, d[at + 19]!, d[at + 20]!, d[at + 21]!, d[at + 22]!, d[at + 23]!,
    d[at + 24]!, d[at + 25]!, d[at + 26]!, d[at + 27]!, d[at + 28]!, d[at + 29]!, d[at + 30]!, d[at + 31]!,
  )
}

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** A request id: 128 random bits as 32 hex digits. Unguessable, so that one client's id tells nothing about another's. */
export const requestId = (): string => hex16(2 * take(16))

/** A trace id: 32 hex digits, never all zero (W3C Trace Context §3.2.2.3). */
export function traceId(): string {
  let id = hex16(2 * take(16))
  while (id === NO_TRACE) id = hex16(2 * take(16))
  return id
}

/** A span id: 16 hex digits, never all zero (W3C Trace Context §3.2.2.4). */
export function spanId(): string {
  let id = hex8(2 * take(8))
  while (id === NO_SPAN) id = hex8(2 * take(8))
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
