// R38 in full, on the published package (`npm run build` first): SIGTERM in the midst of kept connections, fresh ones, pipelined requests,
// slow answers and running uploads, round after round. Failed is a request whose first byte was written on an established connection and
// that got no complete answer. node test/soak/terminate.ts [ROUNDS]; ends with 1 when one failed or the exit code was not 0.
import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Gateway } from '../integration/lifecycle/gateway.ts'
import { Asking, get } from './asking.ts'
import { published } from './published.ts'

const rounds = Number(process.argv[2] ?? 20)
const UPLOAD = { pieces: 16, size: 32_768, every: 20 } as const
const PIPELINED = 4

const service = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const delay = Number(/^\/slow\/(\d+)/.exec(request.url ?? '')?.[1] ?? 0)
  let size = 0
  request.on('data', (chunk: Buffer) => (size += chunk.length))
  request.on('end', () => setTimeout(() => response.end(request.method === 'PUT' ? `${size}` : 'served'), delay))
})
await once(service.listen(0, '127.0.0.1'), 'listening')

interface Tally {
  answered: number
  failed: string[]
  /** Connections that were refused, or reset before they were established: no request was begun on them. */
  refused: number
}
const tallies = new Map<string, Tally>()

/** Asks over and over, with `wanted` answers to each call of `ask`, until no connection is to be had any more. */
async function client(
  kind: string,
  gateway: Gateway,
  ask: (asking: Asking) => Promise<void> | void,
  wanted: string[],
  kept: boolean,
): Promise<void> {
  const tally = tallies.get(kind) ?? { answered: 0, failed: [], refused: 0 }
  tallies.set(kind, tally)
  let asking = new Asking(gateway.port)
  let asked = 0
  for (;;) {
    asking.answers = []
    if (!asking.established) await Promise.race([once(asking.socket, 'connect'), once(asking.socket, 'close')]).catch(() => {})
    if (!asking.established) {
      tally.refused++
      return
    }
    await ask(asking)
    await asking.until(wanted.length)
    const { answers, ended } = asking
    asked++
    for (const [i, answer] of wanted.entries())
      if (answers[i] === answer) tally.answered++
      else tally.failed.push(reasonOf(asking, asked, answers[i]))
    if (kept && !asking.last && ended === undefined) continue
    asking.socket.destroy()
    asking = new Asking(gateway.port)
    asked = 0
  }
}

/** Why a request failed; `asked`: how often its connection had been asked by then. */
function reasonOf({ answers, ended, last }: Asking, asked: number, answer: string | undefined): string {
  if (answer !== undefined) return `answered ${answer}`
  if (last) return 'pipelined behind an answer that said close'
  if (answers.length === 0 && asked === 1 && ended === 'ECONNRESET') return 'reset before anything of its connection was answered'
  return `${ended ?? 'no answer'} after ${answers.length} answers`
}

const served = '200 served'

async function upload({ socket }: Asking): Promise<void> {
  socket.write(`PUT /up HTTP/1.1\r\nHost: gw.test\r\nContent-Length: ${UPLOAD.pieces * UPLOAD.size}\r\n\r\n`)
  for (let i = 0; i < UPLOAD.pieces; i++) {
    socket.write(Buffer.alloc(UPLOAD.size, 'u'))
    await pause(UPLOAD.every)
  }
}

const codes = new Map<string, number>()
const drains: number[] = []
for (let round = 0; round < rounds; round++) {
  await using gateway = await Gateway.start({
    main: published(),
    yaml: [
      'telemetry: { logs: { sinks: [] } }',
      `services: { up: { endpoints: ["http://127.0.0.1:${(service.address() as net.AddressInfo).port}"] } }`,
      'routes: { all: { match: "/{rest...}", service: up } }',
    ].join('\n'),
  })
  const several = (count: number, ...[kind, ask, wanted, kept]: [string, (asking: Asking) => Promise<void> | void, string[], boolean]) =>
    Array.from({ length: count }, () => client(kind, gateway, ask, wanted, kept))
  const clients = [
    ...several(12, 'kept', ({ socket }) => void socket.write(get('/kept')), [served], true),
    ...several(4, 'fresh', ({ socket }) => void socket.write(get('/fresh')), [served], false),
    ...several(4, 'slow', ({ socket }) => void socket.write(get('/slow/150')), [served], true),
    ...several(
      4,
      'pipelined',
      ({ socket }) => void socket.write(get('/piped').repeat(PIPELINED)),
      Array.from({ length: PIPELINED }, () => served),
      true,
    ),
    ...several(4, 'upload', upload, [`200 ${UPLOAD.pieces * UPLOAD.size}`], true),
  ]
  await pause(400 + 29 * round)
  const from = performance.now()
  gateway.kill('SIGTERM')
  const { code, signal, at } = await gateway.exited
  drains.push(at - from)
  const how = String(code ?? signal)
  codes.set(how, (codes.get(how) ?? 0) + 1)
  await Promise.all(clients)
}
for (const [kind, { answered, failed, refused }] of tallies) {
  const reasons = Map.groupBy(failed, (reason) => reason)
  console.log(`${kind}: ${answered} answered, ${failed.length} failed, ${refused} refused before anything was asked`)
  for (const [reason, all] of reasons) console.log(`  ${all.length} × ${reason}`)
}
const failed = [...tallies.values()].reduce((sum, tally) => sum + tally.failed.length, 0)
const exits = [...codes].map(([code, times]) => `${code} (${times} ×)`).join(', ')
console.log(`${rounds} rounds: ${failed} failed; exit code ${exits}; drained in ${Math.max(...drains).toFixed(0)} ms at most`)
service.closeAllConnections()
service.close()
if (failed > 0 || [...codes.keys()].some((code) => code !== '0')) process.exitCode = 1
