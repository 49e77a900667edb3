// A rolling restart on one port, on the published package (`npm run build` first): process after process takes over with `--share-port` from
// the one before, which is then told to terminate, under kept and fresh connections. There is always somebody who listens, so no client may
// be refused, and no request may fail. node test/soak/takeover.ts [ROUNDS]; ends with 1 when one was.
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Gateway } from '../integration/lifecycle/gateway.ts'
import { Asking, get } from './asking.ts'
import { published } from './published.ts'

const rounds = Number(process.argv[2] ?? 20)
const CLIENTS = { kept: 8, fresh: 8 } as const
/** A connection that took longer was not let in at once: its SYN met a listener that closes, and was repeated after a second. */
const LATE = 500

const probe = net.createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address() as net.AddressInfo
await new Promise((resolve) => probe.close(resolve))

const { module, args } = published()
const start = (): Promise<Gateway> =>
  Gateway.start({
    main: { module, args: (file) => [...args(file), '--share-port'] },
    listener: `web: { address: 127.0.0.1, port: ${port} }`,
    yaml: 'telemetry: { logs: { sinks: [] } }\nroutes: { all: { match: "/{rest...}", reply: { status: 200, body: served } } }\n',
  })

const tally = { answered: 0, connected: 0, late: 0, failed: [] as string[] }
const over = new AbortController()

/** Asks over and over, on one connection as long as that is allowed, or on a new one each time. */
async function client(kept: boolean): Promise<void> {
  while (!over.signal.aborted) {
    const began = performance.now()
    const asking = new Asking(port)
    await Promise.race([once(asking.socket, 'connect'), once(asking.socket, 'close')]).catch(() => {})
    if (asking.established) tally.connected++
    else tally.failed.push(`refused: ${asking.ended ?? 'closed'}`)
    if (performance.now() - began > LATE) tally.late++
    while (asking.established) {
      asking.answers = []
      asking.socket.write(get('/'))
      await asking.until(1)
      if (asking.answers[0] === '200 served') tally.answered++
      else tally.failed.push(asking.answers[0] ?? asking.ended ?? 'no answer')
      if (over.signal.aborted || !kept || asking.last || asking.ended !== undefined) break
      await pause(1)
    }
    asking.socket.destroy()
  }
}

let gateway = await start()
const clients = Object.entries(CLIENTS).flatMap(([kind, count]) => Array.from({ length: count }, () => client(kind === 'kept')))
const codes: (number | null)[] = []
for (let round = 0; round < rounds; round++) {
  const successor = await start()
  await pause(100 + 7 * round)
  gateway.kill('SIGTERM')
  codes.push((await gateway.exited).code)
  await gateway[Symbol.asyncDispose]()
  gateway = successor
}
over.abort()
await Promise.all(clients)
await gateway[Symbol.asyncDispose]()

for (const [reason, all] of Map.groupBy(tally.failed, (one) => one)) console.log(`  ${all.length} × ${reason}`)
console.log(
  `${rounds} restarts: ${tally.answered} answered, ${tally.failed.length} failed; of ${tally.connected} connections ${tally.late} came late`,
)
if (tally.failed.length > 0 || codes.some((code) => code !== 0)) process.exitCode = 1
