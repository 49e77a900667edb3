// Numbers and times as text, the way that costs least a line: dates are made once a second, fractions come from a table.

const PADDED = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(3, '0'))
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Milliseconds with three decimals, `12.034`. Printing a double would cost five times as much. Values are ≥ 0 and below 2^31. */
export function milliseconds(value: number): string {
  const micros = Math.round(value * 1_000)
  const whole = Math.floor(micros / 1_000)
  return `${whole}.${PADDED[micros - whole * 1_000]}`
}

/** Formats wall-clock milliseconds; keeps the text of the second that it formatted last. */
export type Timestamp = (wall: number) => string

/** ISO 8601 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`. */
export function isoTimestamp(): Timestamp {
  const head = perSecond((second) => new Date(second * 1_000).toISOString().slice(0, -4))
  return (wall) => `${head(wall)}${fraction(wall)}Z`
}

/** The time of day in UTC with milliseconds: `03:04:05.678`. */
export function timeOfDay(): Timestamp {
  const head = perSecond((second) => new Date(second * 1_000).toISOString().slice(11, -4))
  return (wall) => `${head(wall)}${fraction(wall)}`
}

/** The common log format's: `02/Jan/2026:03:04:05 +0000`. */
export function commonTimestamp(): Timestamp {
  return perSecond((second) => {
    const date = new Date(second * 1_000)
    const iso = date.toISOString()
    return `${iso.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
  })
}

const fraction = (wall: number): string => PADDED[Math.floor(wall) - Math.floor(wall / 1_000) * 1_000] as string

function perSecond(format: (second: number) => string): Timestamp {
  let last = Number.NaN
  let text = ''
  return (wall) => {
    const second = Math.floor(wall / 1_000)
    if (second !== last) {
      text = format(second)
      last = second
    }
    return text
  }
}
