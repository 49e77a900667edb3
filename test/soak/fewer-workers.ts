// R32 while the number of workers changes: reloads turn four workers into one and back under load, and nobody is reset, neither on a kept
// connection nor on a new one. node test/soak/fewer-workers.ts [ROUNDS] [CONNECTIONS]; ends with 1 when a request failed.
import { fileURLToPath } from 'node:url'
import { Gateway, load } from '../integration/lifecycle/gateway.ts'

const rounds = Number(process.argv[2] ?? 20)
const most = Number(process.argv[3] ?? 32)

const configuration = (workers: number): string =>
  [
    `workers: ${workers}`,
    'telemetry: { logs: { sinks: [] } }',
    'routes: { all: { match: "GET /{rest...}", reply: { status: 200, body: ok } } }',
  ].join('\n')

const main = {
  module: fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
  args: (file: string): readonly string[] => ['start', '-c', file],
}
await using gateway = await Gateway.start({ yaml: configuration(4), main })
let refused = 0
let answered = 0
const failures = new Map<string, number>()
for (let round = 0; round < rounds; round++) {
  // From 8 clients on; half as many come anew for each request.
  const connections = 8 + Math.round(((most - 8) * round) / Math.max(1, rounds - 1))
  const traffic = [load(gateway, connections), load(gateway, connections / 2, '/ok', true)]
  for (const workers of [1, 4]) {
    gateway.configure(configuration(workers))
    if (!(await gateway.reload()).startsWith('reloaded')) refused++
    // Those that leave end their connections meanwhile, and their clients come back.
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  for (const { answered: more, failed } of await Promise.all(traffic.map((one) => one.stop()))) {
    answered += more
    for (const reason of failed) failures.set(reason, (failures.get(reason) ?? 0) + 1)
  }
}
const failed = [...failures.values()].reduce((sum, times) => sum + times, 0)
console.log(`${rounds} rounds: ${answered} answered, ${failed} failed, ${refused} reloads refused`)
for (const [reason, times] of failures) console.log(`  failed: ${times} × ${reason}`)
if (failed > 0 || refused > 0) process.exitCode = 1
