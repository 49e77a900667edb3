// Planned replacements of workers under load: listeners, their queues included, move to successors, and nobody loses anything.
// node test/soak/replacements.ts [REPLACEMENTS] [CONNECTIONS]; ends with 1 when anything failed.
import { Gateway, load } from '../integration/lifecycle/gateway.ts'

const replacements = Number(process.argv[2] ?? 50)
const connections = Number(process.argv[3] ?? 16)
const yaml = 'telemetry: { logs: { sinks: [] } }\nroutes: { all: { match: "GET /{rest...}", reply: { status: 200, body: ok } } }\n'
await using gateway = await Gateway.start({ yaml, env: { CORE: 'real' } })
const traffic = [load(gateway, connections), load(gateway, connections, '/ok', true)]
for (let number = 0; number < replacements; number++) {
  const from = gateway.log.length
  gateway.kill('SIGWINCH')
  await gateway.said(/replaced \d+/, from)
}
const results = await Promise.all(traffic.map((one) => one.stop()))
const failed = results.flatMap((result) => result.failed)
const [kept, fresh] = results.map((result) => result.answered)
console.log(
  `${replacements} replacements: ${kept} answered on kept connections, ${fresh} on fresh ones, ${failed.length} failed ${failed.slice(0, 5).join(' ')}`,
)
if (failed.length > 0) process.exitCode = 1
