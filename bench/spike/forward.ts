// One forwarded route on the engine, without threads, configuration or log: what the wire itself costs.
// PORT=8080 UPSTREAM_PORT=8081 node bench/spike/forward.ts
import net from 'node:net'
import { TrustedPeers } from '../../src/base/ip.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ForwardHandler } from '../../src/handlers/forward/handler.ts'
import { Flusher } from '../../src/net/flusher.ts'
import { Wheel } from '../../src/net/wheel.ts'
import type { Observer } from '../../src/observe/observer.ts'
import { compile } from '../../src/pipeline/compile.ts'
import { buildTable } from '../../src/route/table.ts'
import { DataPlane } from '../../src/serve/data-plane.ts'
import type { ServedRoute } from '../../src/serve/snapshot.ts'
import { tcpDialer } from '../../src/upstream/dial.ts'
import { Services } from '../../src/upstream/services.ts'

const port = Number(process.env['PORT'] ?? 8080)
const upstream = Number(process.env['UPSTREAM_PORT'] ?? 8081)

const observer: Observer = {
  exchangeEnded() {},
  requestRejected() {},
  connectionOpened() {},
  connectionRefused() {},
  connectionClosed() {},
  upstreamOpened() {},
  upstreamClosed() {},
  endpointReached() {},
  endpointFailed() {},
}
const wheel = new Wheel(systemClock)
wheel.start()
const services = new Services({ wheel, flusher: new Flusher(), clock: systemClock, dialer: tcpDialer, observer })
const timeouts = { connect: 1_000, response: 15_000, deadline: 30_000, stream: 300_000 }
const service = services
  .prepare([
    {
      name: 'upstream',
      endpoints: [{ url: `http://127.0.0.1:${upstream}`, scheme: 'http', host: '127.0.0.1', port: upstream, basePath: '', weight: 1 }],
      host: 'preserve',
      timeouts,
      connections: { perEndpoint: 512, idle: 4_000, pipelining: { depth: Number(process.env['PIPELINING'] ?? 1), echo: undefined } },
      concurrency: { max: 1_024, pending: 1_024 },
      retries: { max: 1, connect: true, reset: true },
    },
  ])
  .get('upstream')
if (service === undefined) process.exit(1)

const pipeline = compile([], () => {})
const loopId = 'tidegate-spike'
const handler = new ForwardHandler({
  split: [{ service, weight: 1, timeouts }],
  rewrite: undefined,
  trailers: false,
  keepEmptySegments: false,
  mirror: undefined,
  loopId,
})
const route: ServedRoute = {
  name: 'all',
  index: 0,
  pipeline,
  handler,
  params: ['rest'],
  bodyLimit: Infinity,
  timeouts: { body: 30_000, write: 30_000 },
  allowedOddities: 0,
  trailers: false,
  websocket: undefined,
}
const { table } = buildTable([
  { name: 'all', match: [{ method: undefined, path: '/{rest...}', hosts: [], headers: [], query: [] }], over: [], value: route },
])
const plane = new DataPlane({
  wheel,
  clock: systemClock,
  observer,
  loopId,
  snapshot: {
    version: 1,
    table,
    unmatched: pipeline,
    client: { from: 'connection', trusted: new TrustedPeers([]) },
    limits: { head: 32_768, headers: 100, target: 8_192, body: Infinity, pipelined: 16 },
    timeouts: { head: 10_000, body: 30_000, write: 30_000, keepAlive: 60_000 },
  },
})
net
  .createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => plane.accept(socket))
  .listen({ port, host: '127.0.0.1', backlog: 1_024 }, () => console.log('ready'))
