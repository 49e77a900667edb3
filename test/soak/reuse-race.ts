// R3 in full: services that close connections after 200 ms of idleness, or at the very request that comes in on them, against callers that
// ask just then. node test/soak/reuse-race.ts [RACES] [CALLERS]; ends with 1 when any caller saw anything but its answer.
import { raceReuse } from '../wire/reuse-race.ts'

const races = Number(process.argv[2] ?? 100_000)
const callers = Number(process.argv[3] ?? 64)
let failed = 0
for (const [what, options] of [
  ['closed at its second request', { races: races, callers }],
  // By the clock only some of the requests meet a close: what a minute brings, each as it happens in the world.
  ['closed after 200 ms', { races, callers: callers * 4, idle: 200, seconds: 60 }],
] as const) {
  const result = await raceReuse(options)
  console.log(`${what}: ${result.races} races, ${result.requests} requests, ${result.failed.length} failed, ${result.replayed} replayed`)
  for (const text of result.failed) console.log(`  ${JSON.stringify(text)}`)
  failed += result.failed.length + result.replayed
}
if (failed > 0) process.exitCode = 1
