// What a bare file gets, as a configuration would say it, each with its reason: for `print-config --defaults` and for the documents. A test
// holds it against `defaults.ts`, which is what counts.

export interface DefaultValue {
  /** From the top: `limits.head`. A `*` is each name that is there, where the map around the last key is there too. */
  readonly path: string
  /** As it would be written; undefined where no value says it, and the reason tells all. */
  readonly value: string | readonly string[] | undefined
  readonly reason: string
}

const of = (path: string, value: DefaultValue['value'], reason: string): DefaultValue => ({ path, value, reason })

/** In the order in which they are printed. */
export const DEFAULT_VALUES: readonly DefaultValue[] = [
  of('state', '.tidegate', 'beside the first file; for its owner alone'),
  of('listeners.web.port', '8080', 'the port that a proxy is expected at; all addresses'),
  of('listeners.*.protocols', ['http1'], 'what every client speaks'),
  of('client.from', 'connection', 'a header is believed from nobody who was not named under `trusted`'),
  of('admin', undefined, '127.0.0.1:9901, on this machine only; without it being said, a port that is taken is a warning'),
  of('workers', 'auto', 'one for each available core'),
  of('limits.head', '32KiB', 'four times what large cookies need'),
  of('limits.headers', '100', 'browsers send about twenty'),
  of('limits.target', '8KiB', 'what servers and proxies commonly take; a part of the head'),
  of('limits.body', undefined, 'no limit for what is only passed on: it is never held'),
  of('limits.pipelined', '16', 'more that wait on one connection are read when those before them are answered'),
  of('limits.connections', undefined, 'bounded by the descriptors there are, with room for services'),
  of('limits.connectionsPerClient', '512', 'one address cannot take them all; peers under `client.trusted` are exempt'),
  of('limits.memory', '80%', 'of what the cgroup or the machine has; the rest is for the system'),
  of('timeouts.head', '10s', 'from the first byte; whoever is slower holds a connection for nothing'),
  of('timeouts.body', '30s', 'for each KiB at least, until it ends or is answered'),
  of('timeouts.write', '30s', 'for each KiB at least; a client that does not read is let go'),
  of('timeouts.keepAlive', '60s', 'idle connections of clients; longer than most clients keep theirs'),
  of('timeouts.preStop', '0s', 'between failing readiness and closing listeners; 5s behind a load balancer'),
  of('timeouts.drain', '30s', 'for requests in flight when stopping; what supervisors grant'),
  of('defaults.service.host', 'preserve', 'the service sees the host that the client asked for'),
  of('defaults.service.timeouts.connect', '1s', 'a machine that is there answers at once'),
  of('defaults.service.timeouts.response', '15s', 'to the head of the answer, each try'),
  of('defaults.service.timeouts.deadline', '30s', 'to the head of the answer, all tries together'),
  of('defaults.service.timeouts.stream', '5m', 'without a byte, either way: downloads and streams live as long as they move'),
  of('defaults.service.connections.perEndpoint', '128', 'of each worker'),
  of('defaults.service.connections.idle', '4s', 'less than the five seconds after which services commonly close'),
  of('defaults.service.connections.pipelining', '1', 'off: see docs/configuration.md before raising it'),
  of('defaults.service.concurrency.max', '1024', 'requests under way, over all workers'),
  of('defaults.service.concurrency.pending', '1024', 'that wait for their turn; more are answered 503 at once'),
  of('defaults.service.retries.max', '1', 'idempotent requests, and any that was never sent'),
  of('defaults.service.retries.if', ['connect', 'reset'], 'what says that the service has not seen it'),
  of('routes.*.redirect.status', '307', 'keeps method and body, and nobody remembers it'),
  of('routes.*.mirror.sample', '100%', 'a copy of every request'),
  of('telemetry.service', 'tidegate', 'its name in the access log'),
  of('telemetry.logs.format', 'json', 'one object a line'),
  of('telemetry.logs.sinks', ['stdout'], 'where whoever runs it looks first'),
]
