// Weighted splits and mirrors, on the published package (`npm run build` first) with two workers: each service's share is its weight to
// within one point of a hundred, and a mirror that is dead or slow changes no answer and delays none, beside a control in the same run.
// node test/soak/split.ts [REQUESTS] [MIRRORED]; ends with 1 when a share, an answer or a median is off.
import { once } from 'node:events'
import net from 'node:net'
import { Gateway } from '../integration/lifecycle/gateway.ts'
import { published } from './published.ts'

const requests = Number(process.argv[2] ?? 100_000)
const mirrored = Number(process.argv[3] ?? 20_000)
/** Points of a hundred. */
const OFF = 1
/** How much later than the control's the median of mirrored requests may be, ms: sending a copy costs the gateway some time of its own. */
const LATER = 0.2
/** Of the slow mirror, ms: much longer than any request lasts. */
const SLOW = 3_000
const splits = [
  [90, 10],
  [70, 30],
] as const

/** A service that answers everything with its name: the gateway does not pipeline here, so a chunk is a request. */
async function service(name: string, after = 0): Promise<{ port: number; server: net.Server; asked: () => number }> {
  let asked = 0
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => {
      asked++
      if (after === 0) socket.write(answer)
      else setTimeout(() => socket.writable && socket.write(answer), after).unref()
    })
  })
  await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }), 'listening')
  return { port: (server.address() as net.AddressInfo).port, server, asked: () => asked }
}

const [a, b, slow, dead] = [await service('a'), await service('b'), await service('slow', SLOW), await service('dead')]
await new Promise((resolve) => dead.server.close(resolve))
const services = { a, b, slow, dead }
await using gateway = await Gateway.start({
  main: published(),
  yaml: [
    'telemetry: { logs: { sinks: [] } }',
    'services:',
    ...Object.entries(services).map(([name, { port }]) => `  ${name}: { endpoints: ["http://127.0.0.1:${port}"] }`),
    'routes:',
    ...splits
      .map(([first, second]) => [
        `  split${first}:`,
        `    match: /split${first}/{rest...}`,
        `    split: [{ service: a, weight: ${first} }, { service: b, weight: ${second} }]`,
      ])
      .flat(),
    '  control: { match: "/control/{rest...}", service: a }',
    '  dead: { match: "/dead/{rest...}", service: a, mirror: { service: dead, sample: 100% } }',
    '  slow: { match: "/slow/{rest...}", service: a, mirror: { service: slow, sample: 100% } }',
  ].join('\n'),
})
const problems: string[] = []

/** Has `connections` clients ask `paths` in turn, `count` requests in all; `take` gets the path's index, the answer and its latency in ms. */
async function ask(
  connections: number,
  count: number,
  paths: readonly string[],
  take: (path: number, answer: string, ms: number) => void,
): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = gateway.connect()
      while (left > 0) {
        const path = left-- % paths.length
        const from = performance.now()
        const answer = await client.get(paths[path])
        take(path, answer, performance.now() - from)
        if (!answer.startsWith('200 ')) problems.push(`${paths[path]}: ${answer}`)
        if (problems.length > 10) return
      }
      client.close()
    }),
  )
}

for (const [first, second] of splits) {
  const counts = new Map<string, number>()
  const from = performance.now()
  await ask(32, requests, [`/split${first}/x`], (_, answer) => counts.set(answer, (counts.get(answer) ?? 0) + 1))
  const shares = ['200 a', '200 b'].map((answer) => ((counts.get(answer) ?? 0) / requests) * 100)
  const seconds = ((performance.now() - from) / 1_000).toFixed(0)
  console.log(`${first}/${second}: ${shares.map((share) => `${share.toFixed(2)} %`).join(' and ')} of ${requests} requests in ${seconds} s`)
  for (const [i, weight] of [first, second].entries())
    if (Math.abs((shares[i] as number) - weight) > OFF) problems.push(`a weight of ${weight} got ${shares[i]?.toFixed(2)} %`)
}

const kinds = ['control', 'dead', 'slow'] as const
const latencies: number[][] = kinds.map(() => [])
let changed = 0
// Few at a time: what is compared is an answer's own time, not the queue before a busy core.
await ask(
  4,
  mirrored * kinds.length,
  kinds.map((kind) => `/${kind}/x`),
  (path, answer, ms) => {
    latencies[path]?.push(ms)
    if (answer !== '200 a') changed++
  },
)
const at = (values: readonly number[], part: number): number => values.toSorted((x, y) => x - y)[Math.floor(values.length * part)] ?? NaN
const control = at(latencies[0] ?? [], 0.5)
for (const [i, kind] of kinds.entries()) {
  const [median, high] = [at(latencies[i] ?? [], 0.5), at(latencies[i] ?? [], 0.99)]
  const what = kind === 'control' ? 'without a mirror' : `with a ${kind} mirror`
  console.log(`${what}: median ${median.toFixed(3)} ms, 99th percentile ${high.toFixed(3)} ms, ${latencies[i]?.length} answers`)
  if (median > control + LATER) problems.push(`${what} the median is ${(median - control).toFixed(3)} ms later`)
}
console.log(`${changed} answers changed; the slow mirror got ${slow.asked()} copies`)
if (changed > 0) problems.push(`${changed} answers were not the service's`)
if (slow.asked() === 0) problems.push('nothing was mirrored')
for (const { server } of [a, b, slow]) server.close()
for (const problem of problems) console.log(`FAILED ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
