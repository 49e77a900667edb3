// Medians and quartiles: the figures that a neighbour on the machine moves least.

export interface Spread {
  readonly median: number
  readonly q1: number
  readonly q3: number
}

/** Median and quartiles of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75) }
}

/** The quantile `share` (0–1) of ascending values, between neighbours by linear interpolation (Hyndman and Fan, type 7). */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) throw new RangeError('no values')
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] as number
  const above = sorted[Math.ceil(place)] as number
  return below + (above - below) * (place - Math.floor(place))
}
