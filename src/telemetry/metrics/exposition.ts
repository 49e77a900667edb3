// Metrics as text: the Prometheus text format 0.0.4, and OpenMetrics 1.0.0 for who asks for it. Two small formats, so that no library is
// needed to print what is kept here (docs/decisions/0103-own-metrics-text.md).
import { DURATION_BOUNDS, type MetricKind } from './definitions.ts'

export type MetricsFormat = 'prometheus' | 'openmetrics'

/** A family with its samples, wherever they were counted. */
export interface Family {
  readonly name: string
  readonly kind: MetricKind
  readonly help: string
  readonly labels: readonly string[]
  readonly samples: readonly FamilySample[]
}

export interface FamilySample {
  /** In the order of the family's `labels`. */
  readonly labels: readonly string[]
  /** A histogram's count. */
  readonly value: number
  /** Histograms: observations at most each of `DURATION_BOUNDS`, cumulative, then all of them. */
  readonly buckets?: readonly number[] | undefined
  readonly sum?: number
}

/** The text of `families`, in their order; one without samples is left out. */
export function expose(families: readonly Family[], format: MetricsFormat): string {
  const open = format === 'openmetrics'
  const parts = families.filter(({ samples }) => samples.length > 0).map((family) => familyText(family, open))
  return parts.join('') + (open ? '# EOF\n' : '')
}

function familyText({ name, kind, help, labels, samples }: Family, open: boolean): string {
  // In OpenMetrics a counter's family has no suffix, its samples do.
  const family = open && kind === 'counter' ? name.replace(/_total$/, '') : name
  const unit =
    open && family.endsWith('_seconds') ? `# UNIT ${family} seconds\n` : open && family.endsWith('_bytes') ? `# UNIT ${family} bytes\n` : ''
  const head = `# HELP ${family} ${escapedHelp(help, open)}\n# TYPE ${family} ${kind}\n${unit}`
  return head + samples.map((sample) => sampleText(name, labels, sample, open)).join('')
}

function sampleText(name: string, names: readonly string[], { labels, value, buckets, sum = 0 }: FamilySample, open: boolean): string {
  const own = names.map((label, i) => `${label}="${escaped(labels[i] ?? '')}"`)
  const line = (suffix: string, more: readonly string[], n: number): string => {
    const all = [...own, ...more]
    return `${name}${suffix}${all.length === 0 ? '' : `{${all.join(',')}}`} ${numberText(n)}\n`
  }
  if (buckets === undefined) return line('', [], value)
  const bounds = [...DURATION_BOUNDS.map((bound) => boundText(bound, open)), '+Inf']
  const counted = bounds.map((bound, i) => line('_bucket', [`le="${bound}"`], buckets[i] ?? value))
  return counted.join('') + line('_sum', [], sum) + line('_count', [], value)
}

/** OpenMetrics wants bounds in one form, so that 1 and 1.0 are not two. */
const boundText = (bound: number, open: boolean): string => (open && Number.isInteger(bound) ? `${bound}.0` : `${bound}`)

function numberText(n: number): string {
  if (Number.isNaN(n)) return 'NaN'
  return Number.isFinite(n) ? `${n}` : n > 0 ? '+Inf' : '-Inf'
}

/** Half a surrogate pair is no UTF-8: a reader would get something else, or nothing. */
const escaped = (value: string): string => value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const escapedHelp = (help: string, open: boolean): string => {
  const lines = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return open ? lines.replaceAll('"', '\\"') : lines
}
