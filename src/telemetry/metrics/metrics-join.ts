// The reading side of metrics, on main: owns the shared memory of all worker slots, knows what each cell means, and sums over slots by labels.
import { DURATION_BOUNDS, type MetricDefinition, type MetricKind, type MetricName, metrics } from './definitions.ts'
import { allocateMetrics, cellsOf, cellsOfKind, readCell, SUM } from './layout.ts'
import { OTHER, type SeriesRecord } from './worker-metrics.ts'

/** What a worker is started with: its slot's memory and what earlier workers of the slot have told about it. Structured-cloneable. */
export interface MetricsSlot {
  readonly slot: number
  readonly buffer: SharedArrayBuffer
  readonly series: readonly SeriesRecord[]
}

/** The sum of one set of labels over all slots. `value` of a histogram is its count. */
export interface MetricSample {
  /** In the order of the family's `labels`. */
  readonly labels: readonly string[]
  readonly value: number
  /** Histograms: observations at most each of `DURATION_BOUNDS`, cumulative, then all of them (+Inf). */
  readonly buckets: readonly number[] | undefined
  /** Histograms: seconds. */
  readonly sum: number
}

export interface MetricFamily {
  readonly name: MetricName
  readonly kind: MetricKind
  readonly help: string
  readonly labels: readonly string[]
  readonly samples: readonly MetricSample[]
}

interface Slot {
  readonly buffer: SharedArrayBuffer
  readonly cells: Float64Array
  readonly series: Map<number, SeriesRecord>
  taken: boolean
}

/** All slots' metrics. A slot has one living worker at a time; its memory is kept for the next, so that no counter ever falls. */
export class MetricsJoin {
  readonly #slots: Slot[] = []

  /** A slot for a worker that starts: one whose worker has ended, else a new one. A successor that overlaps its predecessor gets another. */
  acquire(): MetricsSlot {
    let index = this.#slots.findIndex((slot) => !slot.taken)
    if (index < 0) {
      const buffer = allocateMetrics()
      index = this.#slots.push({ buffer, cells: cellsOf(buffer), series: new Map(), taken: false }) - 1
    }
    const slot = this.#slots[index] as Slot
    slot.taken = true
    return { slot: index, buffer: slot.buffer, series: [...slot.series.values()] }
  }

  /** The slot's worker has ended (call it after its last message): its gauges are 0 now, its counters stay. */
  release(index: number): void {
    const slot = this.#slots[index]
    if (slot === undefined) return
    slot.taken = false
    for (const { cell, metric } of slot.series.values()) if (metrics[metric].kind === 'gauge') slot.cells[cell] = 0
  }

  /** Takes the series that a worker told of. Records that cannot be (unknown metric, cell out of range or taken) count as absent (R51). */
  register(index: number, records: readonly SeriesRecord[]): void {
    const slot = this.#slots[index]
    if (slot === undefined) return
    for (const record of records) {
      if (!Object.hasOwn(metrics, record.metric)) continue
      const definition: MetricDefinition = metrics[record.metric]
      const fits = Number.isInteger(record.cell) && record.cell >= 0 && record.cell + cellsOfKind(definition.kind) <= slot.cells.length
      if (fits && !slot.series.has(record.cell) && record.labels.length === definition.labels.length) slot.series.set(record.cell, record)
    }
  }

  /** The sum over all slots of the series whose labels have the given values; labels left out take any. A histogram gives its count. */
  total(name: MetricName, labels: Readonly<Record<string, string>> = {}): number {
    const family = this.#family(name)
    let total = 0
    for (const sample of family.samples) {
      if (Object.entries(labels).every(([label, value]) => sample.labels[family.labels.indexOf(label)] === value)) total += sample.value
    }
    return total
  }

  /** Everything as plain data, in the order of the definitions. */
  snapshot(): MetricFamily[] {
    return this.#families(Object.keys(metrics) as MetricName[])
  }

  #family(name: MetricName): MetricFamily {
    return this.#families([name])[0] as MetricFamily
  }

  #families(names: readonly MetricName[]): MetricFamily[] {
    const sums = new Map<MetricName, Map<string, { labels: readonly string[]; cells: number[] }>>(names.map((name) => [name, new Map()]))
    for (const slot of this.#slots) {
      for (const { metric, labels, cell } of slot.series.values()) {
        const byLabels = sums.get(metric)
        if (byLabels === undefined) continue
        const key = labels.join('\0')
        let sum = byLabels.get(key)
        if (sum === undefined)
          byLabels.set(key, (sum = { labels, cells: Array.from({ length: cellsOfKind(metrics[metric].kind) }, () => 0) }))
        for (let i = 0; i < sum.cells.length; i++) (sum.cells[i] as number) += readCell(slot.cells, cell + i)
      }
    }
    return names.map((name) => {
      const definition: MetricDefinition = metrics[name]
      const samples = Array.from(sums.get(name)?.values() ?? [], ({ labels, cells }) => sampleOf(definition.kind, labels, cells))
      return { name, kind: definition.kind, help: definition.help, labels: definition.labels, samples: samples.filter(isShown) }
    })
  }
}

/** An `_other` to which nothing went is not shown: its cells exist from the start. */
const isShown = ({ labels, value }: MetricSample): boolean =>
  value !== 0 || labels.length === 0 || !labels.every((label) => label === OTHER)

function sampleOf(kind: MetricKind, labels: readonly string[], cells: readonly number[]): MetricSample {
  return kind === 'histogram' ? histogram(labels, cells) : { labels, value: cells[0] as number, buckets: undefined, sum: 0 }
}

function histogram(labels: readonly string[], cells: readonly number[]): MetricSample {
  const buckets: number[] = []
  let count = 0
  for (let i = 0; i <= DURATION_BOUNDS.length; i++) buckets.push((count += cells[i] as number))
  return { labels, value: count, buckets, sum: cells[SUM] as number }
}
