// Numbers written as decimal digits straight into a line's bytes: as text each would be an object of its own, joined with others and
// copied twice. The slow twins are `milliseconds` and `String`.

const ZERO = 0x30
const POINT = 0x2e
const BILLION = 1_000_000_000

/** Copies `key` to `bytes` from `at`; returns its end. */
export function writeKey(bytes: Uint8Array, at: number, key: Uint8Array): number {
  bytes.set(key, at)
  return at + key.length
}

/** `value` in decimal from `at`; returns its end. An integer in 0 … 2^53. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return writeSmall(bytes, at, value)
  const high = Math.floor(value / BILLION)
  return writePadded(bytes, writeSmall(bytes, at, high), value - high * BILLION, 9)
}

/** Milliseconds with three decimals, as `milliseconds` prints them. `value` is ≥ 0 and below 2^31. */
export function writeMilliseconds(bytes: Uint8Array, at: number, value: number): number {
  const micros = Math.round(value * 1_000)
  const whole = Math.floor(micros / 1_000)
  const point = writeInteger(bytes, at, whole)
  bytes[point] = POINT
  return writePadded(bytes, point + 1, micros - whole * 1_000, 3)
}

/** The digits of an integer in 0 … 10^9. */
function writeSmall(bytes: Uint8Array, at: number, value: number): number {
  let digits = 1
  for (let bound = 10; digits < 10 && value >= bound; bound *= 10) digits++
  return writePadded(bytes, at, value, digits)
}

/** The last `digits` digits of an integer in 0 … 10^9. */
function writePadded(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0
  for (let i = at + digits - 1; i >= at; i--) {
    const next = (rest / 10) | 0
    bytes[i] = ZERO + rest - next * 10
    rest = next
  }
  return at + digits
}
