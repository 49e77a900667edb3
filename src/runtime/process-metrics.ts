// What main itself has to say in metrics, beside what workers count: versions, configuration, workers, endpoints, the process.
import { readdirSync } from 'node:fs'
import type { GatewayView } from '../admin/view.ts'
import type { Plan } from '../config/plan.ts'
import { expose, type Family, type MetricsFormat } from '../telemetry/metrics/exposition.ts'
import type { MetricKind } from '../telemetry/metrics/definitions.ts'
import { descriptorLimit } from './descriptor-limit.ts'
import type { TelemetryHub } from './telemetry-hub.ts'

/** Name, kind, labels and help of each: docs/metrics.md lists the same. */
export const processMetrics = {
  tidegate_build_info: { kind: 'gauge', labels: ['version', 'node'], help: 'Versions, as labels.' },
  tidegate_ready: { kind: 'gauge', labels: [], help: '1 while the gateway serves and has not been told to stop.' },
  tidegate_workers: { kind: 'gauge', labels: ['state'], help: 'Worker threads by state.' },
  tidegate_workers_started_total: { kind: 'counter', labels: [], help: 'Worker threads started, replacements included.' },
  tidegate_worker_report_age_seconds: {
    kind: 'gauge',
    labels: ['worker'],
    help: 'Since the worker last showed that its event loop turns, in steps of half a second.',
  },
  tidegate_main_loop_lag_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'How late the event loop of the main thread came to a half-second mark, at most in the last 15 s.',
  },
  http_server_active_requests: {
    kind: 'gauge',
    labels: [],
    help: 'Exchanges with clients under way, tunnels included, half a second old at most.',
  },
  tidegate_config_info: { kind: 'gauge', labels: ['hash'], help: 'The configuration in force, by its hash.' },
  tidegate_config_last_reload_successful: { kind: 'gauge', labels: [], help: '1 unless the last reload was refused.' },
  tidegate_config_last_reload_success_timestamp_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'When the configuration in force was taken, in seconds since 1970.',
  },
  tidegate_reloads_total: { kind: 'counter', labels: ['outcome'], help: 'Reloads by outcome: switched, refused.' },
  tidegate_limit: {
    kind: 'gauge',
    labels: ['limit'],
    help: 'Limits in force: connections (absent where only descriptors bound them), connections_per_client.',
  },
  tidegate_service_requests_limit: {
    kind: 'gauge',
    labels: ['service', 'state'],
    help: 'Requests that a service may have (concurrency) under_way and waiting.',
  },
  tidegate_endpoint_up: {
    kind: 'gauge',
    labels: ['service', 'endpoint'],
    help: '1 where the last connection that was tried stood, 0 where it could not be opened; absent before the first.',
  },
  tidegate_refused_routes: { kind: 'gauge', labels: [], help: 'Routes that are answered 503 since their code ended workers.' },
  process_cpu_seconds_total: { kind: 'counter', labels: [], help: 'User and system time of the process.' },
  process_resident_memory_bytes: { kind: 'gauge', labels: [], help: 'Memory of the process, all workers included.' },
  process_start_time_seconds: { kind: 'gauge', labels: [], help: 'When the process started, in seconds since 1970.' },
  process_open_fds: { kind: 'gauge', labels: [], help: 'Open descriptors; absent where the system does not tell.' },
  process_max_fds: { kind: 'gauge', labels: [], help: 'Descriptors that the process may have; absent where the system does not tell.' },
} as const satisfies Record<string, { readonly kind: MetricKind; readonly labels: readonly string[]; readonly help: string }>

type Name = keyof typeof processMetrics
type Values = readonly { readonly labels: readonly string[]; readonly value: number }[]

/** The text of `/metrics`: the counters of all workers, then main's own. */
export const metricsText = (view: GatewayView, telemetry: TelemetryHub, format: MetricsFormat): string =>
  expose([...telemetry.metrics.snapshot(), ...processFamilies(view, telemetry)], format)

/** `telemetry`: worker threads so far, and main's lag. */
export function processFamilies(view: GatewayView, { started, lag }: Pick<TelemetryHub, 'started' | 'lag'>): Family[] {
  const one = (value: number | undefined): Values => (value === undefined ? [] : [{ labels: [], value }])
  const states = Map.groupBy(view.workers, ({ state }) => state)
  const { user, system } = process.cpuUsage()
  const values: Record<Name, Values> = {
    tidegate_build_info: [{ labels: [view.version, process.versions.node], value: 1 }],
    tidegate_ready: one(view.ready ? 1 : 0),
    tidegate_workers: [...states].map(([state, { length }]) => ({ labels: [state], value: length })),
    tidegate_workers_started_total: one(started),
    tidegate_worker_report_age_seconds: view.workers.flatMap(({ id, reportAge }) =>
      reportAge === undefined ? [] : [{ labels: [`${id}`], value: reportAge }],
    ),
    tidegate_main_loop_lag_seconds: one(lag / 1_000),
    http_server_active_requests: one(view.workers.reduce((sum, { exchanges }) => sum + exchanges, 0)),
    tidegate_config_info: view.plan === undefined ? [] : [{ labels: [view.plan.hash], value: 1 }],
    tidegate_config_last_reload_successful: one(view.lastReload?.outcome === 'refused' ? 0 : 1),
    tidegate_config_last_reload_success_timestamp_seconds: one(view.takenAt / 1_000),
    tidegate_reloads_total: (['switched', 'refused'] as const).map((outcome) => ({ labels: [outcome], value: view.reloads[outcome] })),
    tidegate_limit: limitsOf(view.plan),
    tidegate_service_requests_limit: (view.plan?.services ?? []).flatMap(({ name, concurrency: { max, pending } }) => [
      { labels: [name, 'under_way'], value: max },
      { labels: [name, 'waiting'], value: pending },
    ]),
    tidegate_endpoint_up: view.endpoints.flatMap(({ service, endpoint, state }) =>
      state === 'unknown' ? [] : [{ labels: [service, endpoint], value: state === 'up' ? 1 : 0 }],
    ),
    tidegate_refused_routes: one(view.refusedRoutes.length),
    process_cpu_seconds_total: one((user + system) / 1e6),
    process_resident_memory_bytes: one(process.memoryUsage.rss()),
    process_start_time_seconds: one(view.startedAt / 1_000),
    process_open_fds: one(openDescriptors()),
    process_max_fds: one(descriptorLimit()),
  }
  return (Object.keys(processMetrics) as Name[]).map((name) => ({ name, ...processMetrics[name], samples: values[name] }))
}

function limitsOf(plan: Plan | undefined): Values {
  if (plan === undefined) return []
  const { connections, connectionsPerClient } = plan.limits
  const perClient = { labels: ['connections_per_client'], value: connectionsPerClient }
  return connections === undefined ? [perClient] : [{ labels: ['connections'], value: connections }, perClient]
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
