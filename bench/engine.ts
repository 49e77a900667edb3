// What the gateway's own code costs a request, without sockets or kernel: one exchange after the other over wires that only count, by any
// configuration. node bench/engine.ts [bench/plain.yaml] [requests]. For comparing two versions of the code, and for profiles of it.
import { fileURLToPath } from 'node:url'
import { systemClock } from '../src/base/clock.ts'
import { loadConfig } from '../src/config/load/load.ts'
import type { Checked, Flusher } from '../src/net/flusher.ts'
import { Wheel } from '../src/net/wheel.ts'
import type { Wire, WireHandler } from '../src/net/wire.ts'
import { createRegistry } from '../src/pipeline/registry.ts'
import { builtins } from '../src/runtime/builtins.ts'
import { buildSnapshot } from '../src/runtime/snapshot.ts'
import { DataPlane } from '../src/serve/data-plane.ts'
import { LogBatch } from '../src/telemetry/logs/batch.ts'
import { compileByteEncoder, compileEncoder } from '../src/telemetry/logs/compile.ts'
import { allocateMetrics } from '../src/telemetry/metrics/layout.ts'
import { WorkerMetrics } from '../src/telemetry/metrics/worker-metrics.ts'
import { createObserver } from '../src/telemetry/observer.ts'
import { Services } from '../src/upstream/services.ts'

const ROUNDS = 5
const file = process.argv[2] ?? fileURLToPath(new URL('plain.yaml', import.meta.url))
const requests = Number(process.argv[3] ?? 200_000)

/** Takes what is written and forgets it. */
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

const env = { BENCH_FOLDER: '/nonexistent', BENCH_PORT: '8080', BENCH_UPSTREAM: 'http://127.0.0.1:7' }
const registry = createRegistry(builtins)
const { plan, findings } = await loadConfig({ files: [file], cwd: process.cwd(), env, overrides: [], registry })
if (plan === undefined) throw new Error(findings.map((finding) => finding.message).join('\n'))

const metrics = new WorkerMetrics(allocateMetrics(), () => {})
const batch = new LogBatch({ post: (bytes) => batch.acknowledge(bytes.byteLength) })
const encoder = plan.accessLog.sinks.length === 0 ? undefined : compileEncoder(plan.accessLog)
const byteEncoder = encoder === undefined ? undefined : compileByteEncoder(plan.accessLog)
const observer = createObserver({ metrics, encoder, byteEncoder, batch, clock: systemClock })
const wheel = new Wheel(systemClock)
let waiting: Checked | undefined
const flusher = {
  add(one: Checked) {
    waiting = one
  },
} as unknown as Flusher
let upstream: CountingWire | undefined
const services = new Services({
  wheel,
  flusher,
  clock: systemClock,
  observer,
  dialer: {
    dial(_host: string, _port: number, handler: WireHandler) {
      upstream = new CountingWire(handler)
      return upstream
    },
  },
})
const prepared = services.prepare(plan.services)
const loopId = 'tidegate-0123456789ab'
const snapshot = buildSnapshot(plan, { services: prepared, registry, clock: systemClock, loopId, report: () => {} })
const plane = new DataPlane({ wheel, clock: systemClock, observer, loopId, snapshot })

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
  connection.onData(request)
  if (upstream !== undefined && waiting === undefined) upstream.handler.onConnect()
  waiting?.onCheck()
  upstream?.handler.onData(response)
}

for (let i = 0; i < 50_000; i++) once()
const figures: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const start = process.cpuUsage()
  for (let i = 0; i < requests; i++) once()
  const used = process.cpuUsage(start)
  figures.push(((used.user + used.system) * 1_000) / requests)
}
figures.sort((a, b) => a - b)
const [low, , median, , high] = figures.map(Math.round)
console.log(`${median} ns a request (median of ${ROUNDS} × ${requests}; ${low}–${high}), ${client.bytes > 0 ? 'answered' : 'NOT ANSWERED'}`)
setImmediate(() => process.exit(0))
