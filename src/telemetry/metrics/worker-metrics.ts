// The recording side of metrics: a worker interns (metric, labels) into cells of its slot's shared memory, tells main the labels once, and
// from then on a record is an addition to a typed array. A successor of a dead worker goes on with the same cells.
import { DURATION_BOUNDS, type MetricDefinition, type MetricName, metrics } from './definitions.ts'
import { cellsOf, cellsOfKind, MAX_SERIES, reserveCells, SUM } from './layout.ts'
import { shareOf } from './shares.ts'

/** One series, told to main once: where its cells start and the values of its metric's labels. Plain data. */
export interface SeriesRecord {
  readonly cell: number
  readonly metric: MetricName
  readonly labels: readonly string[]
}

/** The value of every label of the series that takes what is beyond the bound. */
export const OTHER = '_other'

/** How many sets of labels went to `_other`, by metric. */
const CAPPED = 'tidegate_series_capped_total'

/** A place outside the cells: a typed array ignores what is written there. */
const NOWHERE = -1

/** Metrics of one worker. One living writer a slot; not for two threads at once. */
export class WorkerMetrics {
  readonly #buffer: SharedArrayBuffer
  readonly #cells: Float64Array
  readonly #postLabels: (series: readonly SeriesRecord[]) => void
  readonly #index = new Map<string, number>()
  readonly #others = new Map<MetricName, number>()
  #series = 0
  /** Series by the label that makes a metric wide. */
  readonly #wide = new Map<string, number>()

  /**
   * `buffer` and `known` come from main (`MetricsJoin.acquire`): the slot's memory and the series that its earlier workers told of. Gauges
   * start at 0, because what they counted died with their worker; counters and histograms go on. `postLabels` sends new series to main.
   */
  constructor(buffer: SharedArrayBuffer, postLabels: (series: readonly SeriesRecord[]) => void, known: readonly SeriesRecord[] = []) {
    this.#buffer = buffer
    this.#cells = cellsOf(buffer)
    this.#postLabels = postLabels
    for (const record of known) {
      this.#index.set(keyOf(record.metric, record.labels), record.cell)
      if (metrics[record.metric].kind === 'gauge') this.#cells[record.cell] = 0
      if (record.metric !== CAPPED && record.labels.some((label) => label !== OTHER)) this.#count(record.metric)
    }
    const fresh: SeriesRecord[] = []
    for (const metric of Object.keys(metrics) as MetricName[]) {
      const labels = metrics[metric].labels.map(() => OTHER)
      const cell = this.#index.get(keyOf(metric, labels)) ?? this.#reserve(metric, labels, fresh)
      this.#others.set(metric, cell)
    }
    if (fresh.length > 0) postLabels(fresh)
  }

  /**
   * The first cell of a series, made at first use. Labels stand in the definition's order. Beyond 2,000 series, or the share of its metric
   * (`shares.ts`), it is the `_other` series of the metric, so keep the answer: `add`, `observe` take it.
   */
  intern(metric: MetricName, labels: readonly string[]): number {
    const known = this.#index.get(keyOf(metric, labels))
    if (known !== undefined) return known
    if (this.#series >= MAX_SERIES || this.#isShareUsed(metric)) return this.#capped(metric)
    this.#count(metric)
    const fresh: SeriesRecord[] = []
    const cell = this.#reserve(metric, labels, fresh)
    this.#postLabels(fresh)
    return cell
  }

  /** The same for a level that cannot be added to others: undefined where only `_other` is left. */
  internOwn(metric: MetricName, labels: readonly string[]): number | undefined {
    const cell = this.intern(metric, labels)
    return cell === this.#others.get(metric) ? undefined : cell
  }

  /** Adds to a counter or moves a gauge. */
  add(cell: number, by: number): void {
    ;(this.#cells[cell] as number) += by
  }

  /** Sets a gauge. */
  set(cell: number, to: number): void {
    this.#cells[cell] = to
  }

  /** Records one duration, in seconds, in the histogram whose cells start at `cell`. */
  observe(cell: number, seconds: number): void {
    let bucket = 0
    while (bucket < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bucket] as number)) bucket++
    ;(this.#cells[cell + bucket] as number)++
    ;(this.#cells[cell + SUM] as number) += seconds
  }

  #count(metric: MetricName): void {
    this.#series++
    const share = shareOf(metrics[metric].labels)
    if (share !== undefined) this.#wide.set(share.label, (this.#wide.get(share.label) ?? 0) + 1)
  }

  #isShareUsed(metric: MetricName): boolean {
    const share = shareOf(metrics[metric].labels)
    return share !== undefined && (this.#wide.get(share.label) ?? 0) >= share.most
  }

  /** The metric's `_other`. That something went there is told by a series which does not count as one. */
  #capped(metric: MetricName): number {
    let cell = this.#index.get(keyOf(CAPPED, [metric]))
    if (cell === undefined) {
      const fresh: SeriesRecord[] = []
      cell = this.#reserve(CAPPED, [metric], fresh)
      this.#postLabels(fresh)
    }
    this.add(cell, 1)
    return this.#others.get(metric) as number
  }

  /** Gives the series cells. A slot that many short-lived workers have used up records into its metric's `_other`. */
  #reserve(metric: MetricName, labels: readonly string[], fresh: SeriesRecord[]): number {
    const definition: MetricDefinition = metrics[metric]
    const cell = reserveCells(this.#buffer, cellsOfKind(definition.kind))
    if (cell < 0) return this.#others.get(metric) ?? NOWHERE
    this.#index.set(keyOf(metric, labels), cell)
    fresh.push({ cell, metric, labels })
    return cell
  }
}

/** Labels come from the configuration and from closed lists, none of which holds a NUL. */
const keyOf = (metric: string, labels: readonly string[]): string => `${metric}\0${labels.join('\0')}`
