// R32 in full: a thousand reloads under load lose nothing, reset nothing, and leave the memory where it was.
// node test/soak/reloads.ts [RELOADS] [CONNECTIONS]; ends with 1 when anything failed or memory grew by more than 5 %.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type net from 'node:net'
import { fileURLToPath } from 'node:url'
import { Gateway, load } from '../integration/lifecycle/gateway.ts'

const reloads = Number(process.argv[2] ?? 1_000)
const connections = Number(process.argv[3] ?? 16)
const service = http.createServer((_, response) => response.end('served')).listen(0, '127.0.0.1')
await once(service, 'listening')
const { port } = service.address() as net.AddressInfo

/** Every reload changes a route; the service and the listener stay. */
const configuration = (number: number): string =>
  [
    'telemetry: { logs: { sinks: [] } }',
    `services: { up: { endpoints: ["http://127.0.0.1:${port}"] } }`,
    'routes:',
    '  all: { match: "/{rest...}", service: up }',
    ...Array.from({ length: 50 }, (_, i) => `  fixed${i}: { match: GET /fixed${i}, reply: { status: 200, body: "${i} of ${number}" } }`),
  ].join('\n')

const main = {
  module: fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
  args: (file: string): readonly string[] => ['start', '-c', file, '--workers', '2'],
}
await using gateway = await Gateway.start({ yaml: configuration(0), main })
const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'latin1'))?.[1]) / 1024
const descriptors = (): number => Number(/FDSize:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'latin1'))?.[1])
const traffic = [load(gateway, connections), load(gateway, Math.ceil(connections / 4), '/ok', true)]
const samples: number[] = []
let refused = 0
const began = performance.now()
for (let number = 1; number <= reloads; number++) {
  gateway.configure(configuration(number))
  if (!(await gateway.reload()).startsWith('reloaded')) refused++
  if ((await gateway.get('/fixed7')) !== `200 7 of ${number}`) refused++
  gateway.log = ''
  if (number % Math.ceil(reloads / 20) === 0) {
    samples.push(rss())
    console.log(
      `${number} reloads, ${rss().toFixed(0)} MiB, ${descriptors()} descriptors, ${((performance.now() - began) / number).toFixed(0)} ms a reload`,
    )
  }
}
const results = await Promise.all(traffic.map((one) => one.stop()))
const failed = results.flatMap((result) => result.failed)
const answered = results.reduce((sum, result) => sum + result.answered, 0)
// The first quarter fills heaps and pools; from there on it is to stay.
const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const quarter = Math.ceil(samples.length / 4)
const growth = middle(samples.slice(-quarter)) / middle(samples.slice(quarter, 2 * quarter)) - 1
console.log(
  `${answered} answered, ${failed.length} failed ${failed.slice(0, 5).join(' ')}, ${refused} reloads refused, memory ${(growth * 100).toFixed(1)} %`,
)
service.closeAllConnections()
service.close()
if (failed.length > 0 || refused > 0 || growth > 0.05) process.exitCode = 1
