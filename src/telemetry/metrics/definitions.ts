// Every metric that a worker may record, as one closed table: name, kind, labels and help. docs/metrics.md lists the same names.

/** A counter only grows, a gauge is a level, a histogram is buckets and a sum. */
export type MetricKind = 'counter' | 'gauge' | 'histogram'

export interface MetricDefinition {
  readonly kind: MetricKind
  /** Names of the labels; a series gives its values in this order. Each takes its values from the configuration or a closed list (A27). */
  readonly labels: readonly string[]
  readonly help: string
}

/** Upper bounds in seconds, as OpenTelemetry's HTTP conventions advise; the last bucket, +Inf, is implied. */
export const DURATION_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export const metrics = {
  http_server_request_duration_seconds: {
    kind: 'histogram',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    help: 'Duration of exchanges with clients, from the complete head to the end of the answer.',
  },
  http_client_request_duration_seconds: {
    kind: 'histogram',
    labels: ['service', 'endpoint', 'http_response_status_code', 'error_type'],
    help: 'Duration of exchanges with services, from handing the request over to the end of the answer, or until it was given up.',
  },
  tidegate_request_bytes_total: { kind: 'counter', labels: ['http_route'], help: 'Bytes received in requests.' },
  tidegate_response_bytes_total: { kind: 'counter', labels: ['http_route'], help: 'Bytes sent in responses.' },
  tidegate_faults_total: {
    kind: 'counter',
    labels: ['fault', 'side', 'service'],
    help: 'Requests that ended with a fault, those refused before there was an exchange included.',
  },
  tidegate_policy_refusals_total: {
    kind: 'counter',
    labels: ['http_route', 'code'],
    help: 'Requests that a policy refused, by the code that it gave.',
  },
  tidegate_rejected_requests_total: { kind: 'counter', labels: ['fault'], help: 'Requests refused before there was an exchange.' },
  tidegate_retries_total: { kind: 'counter', labels: ['service'], help: 'Attempts beyond the first of an exchange.' },
  tidegate_client_connections: { kind: 'gauge', labels: [], help: 'Connections from clients that are open.' },
  tidegate_client_connections_total: { kind: 'counter', labels: [], help: 'Connections accepted from clients.' },
  tidegate_client_connections_refused_total: {
    kind: 'counter',
    labels: [],
    help: 'Connections closed unserved because their client had as many as limits.connectionsPerClient allows.',
  },
  tidegate_upstream_connections: { kind: 'gauge', labels: ['service'], help: 'Connections to the service that are open.' },
  tidegate_upstream_connections_total: { kind: 'counter', labels: ['service'], help: 'Connections opened to the service.' },
  tidegate_upstream_connections_idle: { kind: 'gauge', labels: ['service'], help: 'Connections to the service that wait for a request.' },
  tidegate_service_requests: { kind: 'gauge', labels: ['service'], help: 'Requests under way at the service.' },
  tidegate_service_requests_waiting: {
    kind: 'gauge',
    labels: ['service'],
    help: 'Requests that wait for their turn at the service (concurrency), or for a connection.',
  },
  tidegate_worker_loop_lag_seconds: {
    kind: 'gauge',
    labels: ['worker'],
    help: 'How late the event loop of the worker came to its last half-second mark.',
  },
  tidegate_worker_heap_bytes: { kind: 'gauge', labels: ['worker'], help: 'Heap of the worker in use.' },
  tidegate_worker_external_bytes: { kind: 'gauge', labels: ['worker'], help: 'Memory of the worker outside of its heap: buffers.' },
  tidegate_series_capped_total: {
    kind: 'counter',
    labels: ['metric'],
    help: 'Sets of labels that found no room among the series of a worker: they are counted in _other, or a gauge leaves them out.',
  },
  tidegate_access_log_dropped_total: {
    kind: 'counter',
    labels: ['stage'],
    help: 'Access-log lines dropped: in a worker whose batches main did not take, or by a sink that could not be written.',
  },
} as const satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof metrics
