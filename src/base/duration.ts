// Durations as people write them (`250ms`, `30s`, `5m`, `8h`, `1d`), read into milliseconds and back.

const UNITS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const SHAPE = /^(0|[1-9][0-9]{0,14})(\.[0-9]{1,3})?(ms|s|m|h|d)$/

/**
 * Milliseconds, a whole number of at least 0. Undefined for everything that is not one number with one unit, a bare number included,
 * and for what milliseconds cannot say exactly (`0.5ms`).
 */
export function parseDuration(text: string): number | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  return scaled(match[1] as string, match[2], UNITS.get(match[3] as string) as number)
}

/** The shortest exact spelling: 90000 → `90s`, 120000 → `2m`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  let best = `${ms}ms`
  for (const [unit, size] of UNITS) if (ms % size === 0) best = `${ms / size}${unit}`
  return best
}

/** `whole.fraction × unit` as a whole number of units of 1, or undefined when it is not one. Decimal, so that `1.1s` is 1100 and not 1100.0000000000002. */
export function scaled(whole: string, fraction: string | undefined, unit: number): number | undefined {
  const places = fraction === undefined ? 0 : fraction.length - 1
  const digits = BigInt(whole + (fraction === undefined ? '' : fraction.slice(1))) * BigInt(unit)
  const divisor = 10n ** BigInt(places)
  if (digits % divisor !== 0n) return undefined
  const value = Number(digits / divisor)
  return Number.isSafeInteger(value) ? value : undefined
}
