// Numbers and times as text, the way that costs least a line: dates are made once a millisecond, fractions come from a table.

const FRACTIONS = Array.from({ length: 1_000 }, (_, i) => `.${String(i).padStart(3, '0')}`)
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Milliseconds with three decimals, `12.034`. Printing a double would cost five times as much. Values are ≥ 0 and below 2^31. */
export function milliseconds(value: number): string {
  const micros = Math.round(value * 1_000)
  const whole = Math.floor(micros / 1_000)
  return `${whole}${FRACTIONS[micros - whole * 1_000]}`
}

/** Formats wall-clock milliseconds; keeps the text that it gave last, so that all lines of a millisecond, or second, share one string. */
export type Timestamp = (wall: number) => string

/** ISO 8601 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`. */
export const isoTimestamp = (): Timestamp => remember(1, (wall) => new Date(wall).toISOString())

/** The time of day in UTC with milliseconds: `03:04:05.678`. */
export const timeOfDay = (): Timestamp => remember(1, (wall) => new Date(wall).toISOString().slice(11, -1))

/** The common log format's: `02/Jan/2026:03:04:05 +0000`. */
export const commonTimestamp = (): Timestamp =>
  remember(1_000, (wall) => {
    const date = new Date(wall)
    const iso = date.toISOString()
    return `${iso.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
  })

/** `format` once for each `step` milliseconds. */
function remember(step: number, format: Timestamp): Timestamp {
  let last = Number.NaN
  let text = ''
  return (wall) => {
    const now = Math.floor(wall / step)
    if (now !== last) {
      text = format(now * step)
      last = now
    }
    return text
  }
}
