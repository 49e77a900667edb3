// What the engine's own code costs a request, without sockets or kernel: one exchange after the other over wires that only count.
// node bench/engine.ts [requests]. The figure is for comparing two versions of the code, not for comparing with anything else.
import { TrustedPeers } from '../src/base/ip.ts'
import { systemClock } from '../src/base/clock.ts'
import { ForwardHandler } from '../src/handlers/forward/handler.ts'
import type { Checked, Flusher } from '../src/net/flusher.ts'
import { Wheel } from '../src/net/wheel.ts'
import type { Wire, WireHandler } from '../src/net/wire.ts'
import type { Observer } from '../src/observe/observer.ts'
import { compile } from '../src/pipeline/compile.ts'
import { buildTable } from '../src/route/table.ts'
import { DataPlane } from '../src/serve/data-plane.ts'
import type { ServedRoute } from '../src/serve/snapshot.ts'
import { Services } from '../src/upstream/services.ts'

const rounds = 5
const requests = Number(process.argv[2] ?? 200_000)

class CountingWire implements Wire {
  handler: WireHandler
  bytes = 0
  unsent = 0
  remoteAddress = '127.0.0.1'
  remotePort = 40_000
  localPort = 8_080
  constructor(handler: WireHandler) {
    this.handler = handler
  }
  // Reading the last character flattens the text, as writing it would.
  writeText(text: string): boolean {
    this.bytes += text.charCodeAt(text.length - 1)
    return true
  }
  writeChunk(chunk: Buffer): boolean {
    this.bytes += chunk.length
    return true
  }
  writeFramed(_before: string, chunk: Buffer): boolean {
    this.bytes += chunk.length
    return true
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
  reset(): void {}
}

const observer: Observer = {
  exchangeEnded() {},
  requestRejected() {},
  connectionOpened() {},
  connectionClosed() {},
  upstreamOpened() {},
  upstreamClosed() {},
}
const wheel = new Wheel(systemClock)
let waiting: Checked | undefined
const flusher = { add: (one: Checked) => (waiting = one) } as unknown as Flusher
let upstreamWire: CountingWire | undefined
const services = new Services({
  wheel,
  flusher,
  clock: systemClock,
  observer,
  dialer: {
    dial(_host, _port, handler) {
      upstreamWire = new CountingWire(handler)
      return upstreamWire
    },
  },
})
const timeouts = { connect: 1_000, response: 15_000, deadline: 30_000, stream: 300_000 }
const service = services
  .prepare([
    {
      name: 'upstream',
      endpoints: [{ url: 'http://127.0.0.1:7', scheme: 'http', host: '127.0.0.1', port: 7, basePath: '', weight: 1 }],
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
const loopId = 'tidegate-0123456789ab'
const route: ServedRoute = {
  name: 'all',
  index: 0,
  pipeline,
  handler: new ForwardHandler({
    split: [{ service, weight: 1, timeouts }],
    rewrite: undefined,
    trailers: false,
    keepEmptySegments: false,
    mirror: undefined,
    loopId,
  }),
  params: ['rest'],
  bodyLimit: Infinity,
  timeouts: { body: 30_000, write: 30_000 },
  allowedOddities: 0,
  trailers: false,
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

const nobody: WireHandler = { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} }
const client = new CountingWire(nobody)
const connection = plane.connect(client)
const request = Buffer.from('GET /items/42?a=b HTTP/1.1\r\nHost: 127.0.0.1:18080\r\n\r\n')
const body =
  '{"id":42,"name":"thing","price":12.5,"tags":["a","b","c"],"description":"a thing of some kind that someone may want to buy one day, or not","stock":17,"ok":true}'
const response = Buffer.from(
  `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 08:16:10 GMT\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: keep-alive\r\n\r\n${body}`,
)

function once(): void {
  connection.onData(request.subarray(0, request.length))
  if (upstreamWire?.handler !== undefined && waiting === undefined) upstreamWire.handler.onConnect()
  waiting?.onCheck()
  upstreamWire?.handler.onData(response.subarray(0, response.length))
}

for (let i = 0; i < 50_000; i++) once()
const figures: number[] = []
for (let round = 0; round < rounds; round++) {
  const start = process.cpuUsage()
  for (let i = 0; i < requests; i++) once()
  const used = process.cpuUsage(start)
  figures.push(((used.user + used.system) * 1_000) / requests)
}
figures.sort((a, b) => a - b)
console.log(
  `${Math.round(figures[2] ?? 0)} ns a request (median of ${rounds} × ${requests}; ${Math.round(figures[0] ?? 0)}–${Math.round(figures[4] ?? 0)}), ${client.bytes > 0 ? 'answered' : 'NOT ANSWERED'}`,
)
