// The text of `/metrics` from the counters of all workers, as Prometheus 0.0.4 reads it.
import { DURATION_BOUNDS } from '../telemetry/metrics/definitions.ts'
import type { MetricFamily } from '../telemetry/metrics/metrics-join.ts'

/** One line a series, families in their order. */
export function metricsText(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('')
}

function familyText({ name, kind, help, labels, samples }: MetricFamily): string {
  if (samples.length === 0) return ''
  const lines = samples.flatMap(({ labels: values, value, buckets, sum }) => {
    const own = labels.map((label, i) => `${label}="${escaped(values[i] ?? '')}"`)
    const line = (suffix: string, more: readonly string[], n: number): string =>
      `${name}${suffix}${own.length + more.length === 0 ? '' : `{${[...own, ...more].join(',')}}`} ${n}\n`
    if (buckets === undefined) return [line('', [], value)]
    const bounds = [...DURATION_BOUNDS.map(String), '+Inf']
    return [
      ...bounds.map((bound, i) => line('_bucket', [`le="${bound}"`], buckets[i] ?? value)),
      line('_sum', [], sum),
      line('_count', [], value),
    ]
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
