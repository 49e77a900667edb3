// Which part of a worker's series the wide metrics may take, so that ten thousand routes leave room for what is known of services, and the
// other way round (A27).

/** Of `MAX_SERIES`; what is left is for metrics of services, connections and the gateway itself, whatever there is of the others. */
const SHARES = [
  // Four hundred routes in their most frequent way: a histogram, bytes in and out.
  { label: 'http_route', most: 1_200 },
  { label: 'endpoint', most: 500 },
] as const

export interface Share {
  readonly label: string
  /** Series of all metrics with that label together. */
  readonly most: number
}

/** The share that a metric with these labels takes from; undefined where it is not bounded by one. */
export const shareOf = (labels: readonly string[]): Share | undefined => SHARES.find(({ label }) => labels.includes(label))
