// Rates as people write them (`100/s`, `20/min`, `1000/day`): how many in how long.

/** `count` in each `unit`. A month has no fixed length: who counts by months aligns its windows to the calendar (UTC). */
export interface Rate {
  readonly count: number
  readonly unit: 's' | 'min' | 'h' | 'day' | 'month'
  /** Length of the unit in milliseconds; for a month, 30 days. */
  readonly per: number
}

const UNITS = new Map<string, number>([
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['day', 86_400_000],
  ['month', 2_592_000_000],
])
const SHAPE = /^([1-9][0-9]{0,14})\/(s|min|h|day|month)$/

/** A rate of at least one in a unit; undefined for anything else (`0/s` lets nothing through: a route says that with a reply). */
export function parseRate(text: string): Rate | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  const unit = match[2] as Rate['unit']
  return { count: Number(match[1]), unit, per: UNITS.get(unit) as number }
}
