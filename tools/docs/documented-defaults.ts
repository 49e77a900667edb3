// What a bare file gets, by the path of the reference: the numbers of src/config/defaults.ts in the units of the file.
import { formatBytes } from '../../src/base/bytes.ts'
import { formatDuration } from '../../src/base/duration.ts'
import { DEFAULTS } from '../../src/config/defaults.ts'

const { service } = DEFAULTS
const treatment = (at: string): [string, unknown][] => [
  [`${at}.host`, service.host],
  ...under(`${at}.timeouts`, service.timeouts),
  ...under(`${at}.connections`, { ...service.connections, pipelining: service.depth }),
  ...under(`${at}.concurrency`, service.concurrency),
  ...under(`${at}.retries`, service.retries),
]

const known: ReadonlyMap<string, unknown> = new Map([
  ['state', DEFAULTS.state],
  ...under('limits', DEFAULTS.limits),
  ...under('timeouts', DEFAULTS.timeouts),
  ...treatment('services.NAME'),
  ...treatment('defaults.service'),
  ...under('admin', DEFAULTS.admin),
  ['routes.NAME.redirect.status', DEFAULTS.redirect],
  ['routes.NAME.mirror.sample', DEFAULTS.sample],
  ['telemetry.service', DEFAULTS.logs.service],
  ['telemetry.logs.format', DEFAULTS.logs.format],
])

function under(path: string, values: object): [string, unknown][] {
  return Object.entries(values).map(([key, value]) => [`${path}.${key}`, value])
}

/** The default of the key at `path`, as one writes it; undefined when there is none, or it is no plain value. */
export function defaultOf(path: string, type: string): string | undefined {
  const value = known.get(path)
  if (value === undefined) return undefined
  if (Array.isArray(value)) return `[${value.join(', ')}]`
  if (typeof value !== 'number') return typeof value === 'string' ? value : undefined
  if (type === 'duration') return formatDuration(value)
  if (type === 'size') return formatBytes(value)
  return type === 'percentage' ? `${value * 100}%` : String(value)
}
