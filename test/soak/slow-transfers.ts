// R14 in full, on the published package (`npm run build` first): large bodies whose receivers take less than is offered. Two stages, each
// with as many uploads and then downloads. First peers that move 1 KiB/s, watched for a minute: the sender stands still and nothing grows.
// Then peers that are slow and get to the end, with short bodies and with long ones: every byte arrives and is the sender's own, and memory does not know the length.
// node test/soak/slow-transfers.ts [TRANSFERS] [MIB] [SECONDS] [MIB_A_SECOND]; twelve minutes as it stands; ends with 1 when memory grew by
// 32 MiB or a transfer failed.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Gateway } from '../integration/lifecycle/gateway.ts'
import { published } from './published.ts'
import { Pace, Receiver, Transfer } from './slow-peers.ts'

const MIB = 1_048_576
/** Growth of the resident memory, in MiB (R14). */
const LIMIT = 32
/** The long bodies of the second stage are so many times the short ones. */
const LONGER = 16
const count = Number(process.argv[2] ?? 100)
const size = Number(process.argv[3] ?? 1_024) * MIB
const watched = Number(process.argv[4] ?? 60)
/** Of each receiver in the second stage, in bytes a second. */
const rate = Number(process.argv[5] ?? 4) * MIB
const CRAWL = 1_024

const pace = new Pace()
let step = 65_536
let length = MIB
/** Transfers under way by the path that they were asked with. */
const underWay = new Map<string, Transfer>()

/** The service: takes uploads slowly, offers downloads. */
const service = net
  .createServer({ pauseOnConnect: true }, (accepted) => {
    let transfer: Transfer | undefined
    const receiver = new Receiver(accepted, step, {
      head: (text) => {
        const path = text.split(' ')[1] ?? ''
        transfer = underWay.get(path)
        if (!path.startsWith('/down/')) return
        receiver.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`)
        transfer?.offer(receiver.socket, length)
      },
      body: (bytes) => {
        if (transfer === undefined) return
        transfer.take(bytes)
        if (transfer.taken === length) receiver.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      },
    })
    receiver.socket.on('error', (error: NodeJS.ErrnoException) => transfer?.end(`the service saw ${error.code ?? error.message}`))
    pace.add(receiver)
  })
  .listen({ port: 0, host: '127.0.0.1', backlog: 1_024 })
await once(service, 'listening')

function upload(path: string): net.Socket {
  const transfer = new Transfer(underWay.size)
  underWay.set(path, transfer)
  const socket = net.connect(gateway.port, '127.0.0.1', () => {
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: gw.test\r\nContent-Length: ${length}\r\n\r\n`)
    transfer.offer(socket, length)
  })
  socket.on('data', (chunk: Buffer) =>
    transfer.end(chunk.latin1Slice(9, 12) === '200' && transfer.taken === length ? '' : chunk.latin1Slice(0, 200)),
  )
  watch(socket, transfer)
  return socket
}

function download(path: string): net.Socket {
  const transfer = new Transfer(underWay.size)
  underWay.set(path, transfer)
  const receiver = new Receiver(gateway.port, step, {
    head: (text) => (text.startsWith('HTTP/1.1 200 ') ? undefined : transfer.end(text.slice(0, 200))),
    body: (bytes) => {
      transfer.take(bytes)
      if (transfer.taken === length) transfer.end('')
    },
  })
  receiver.socket.on('connect', () => {
    receiver.socket.write(`GET ${path} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
    pace.add(receiver)
  })
  watch(receiver.socket, transfer)
  return receiver.socket
}

function watch(socket: net.Socket, transfer: Transfer): void {
  socket.on('error', (error: NodeJS.ErrnoException) => transfer.end(`the client saw ${error.code ?? error.message}`))
  socket.on('close', () => transfer.end('the connection was closed'))
}

const direction = { uploads: upload, downloads: download } as const
type Direction = keyof typeof direction

/** Starts a round of transfers; the function ends what is left of them. */
function begin(kind: Direction, bytes: number, readStep: number): () => Promise<void> {
  step = readStep
  length = bytes
  underWay.clear()
  const folder = kind === 'uploads' ? 'up' : 'down'
  const sockets = Array.from({ length: count }, (_, i) => direction[kind](`/${folder}/${i}`))
  return async () => {
    for (const socket of sockets) socket.destroy()
    await pause(2_000)
  }
}

const all = (): Transfer[] => [...underWay.values()]
const sent = (): number => all().reduce((total, one) => total + one.sent, 0)
const taken = (): number => all().reduce((total, one) => total + one.taken, 0)
const over = (): boolean => all().every((one) => one.ended !== undefined)
const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'latin1'))?.[1]) / 1_024
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
const problems: string[] = []

/** Looks once a second until `done`; returns the highest memory seen, in MiB. */
async function highest(done: (seconds: number) => boolean): Promise<number> {
  let most = 0
  for (let seconds = 0; !done(seconds); seconds++) {
    await pause(1_000)
    most = Math.max(most, rss())
  }
  return most
}

/** Holds the highest memory against what it was before: idle, or with short bodies. */
function judge(what: string, before: number, most: number): void {
  const grown = most - before
  console.log(`  memory: ${most.toFixed(1)} MiB at most, ${rss().toFixed(1)} after; grew by ${grown.toFixed(1)} of ${LIMIT} MiB`)
  if (grown >= LIMIT) problems.push(`${what}: memory grew by ${grown.toFixed(1)} MiB`)
}

async function crawl(kind: Direction): Promise<void> {
  pace.rate = CRAWL
  const end = begin(kind, size, CRAWL)
  let before = -1
  const filling = await highest((seconds) => {
    const filled = seconds >= 3 && sent() - before < MIB
    before = sent()
    return filled || seconds > 60
  })
  const [sentBefore, between] = [sent(), sent() - taken()]
  const most = Math.max(filling, await highest((seconds) => seconds >= watched))
  const [moved, grown] = [sent() - sentBefore, sent() - taken() - between]
  const ended = all().filter((one) => one.ended !== undefined)
  console.log(`${count} ${kind} of ${mib(size)} to receivers of 1 KiB/s: ${mib(between)} on the way when the buffers were full`)
  console.log(`  in the next ${watched} s ${mib(moved)} left the senders, ${mib(grown)} more were on the way; ${ended.length} ended`)
  await end()
  judge(`${kind} at 1 KiB/s`, idle, most)
  if (ended.length > 0) problems.push(`${kind} at 1 KiB/s: ${ended.length} were ended, the first by: ${ended[0]?.ended}`)
  // A kernel opens its window in steps; whoever is not paused offers hundreds of MiB a second.
  if (moved > 64 * MIB) problems.push(`${kind} at 1 KiB/s: the senders went on`)
}

/** Transfers that get to their end; returns the highest memory, in MiB. */
async function whole(kind: Direction, bytes: number, most: number): Promise<number> {
  pace.rate = most
  const start = performance.now()
  const end = begin(kind, bytes, 65_536)
  const memory = await highest(over)
  const seconds = (performance.now() - start) / 1_000
  const failed = all().filter((one) => one.ended !== '')
  const arrived = taken()
  await end()
  if (failed.length > 0) problems.push(`${kind} of ${mib(bytes)}: ${failed.length} failed, the first by: ${failed[0]?.ended}`)
  if (most !== Infinity) {
    const what = `${count} ${kind} of ${mib(bytes)} to receivers of ${mib(most)}/s`
    console.log(`${what}: ${mib(arrived)} in ${seconds.toFixed(0)} s, ${failed.length} failed, ${memory.toFixed(1)} MiB of memory at most`)
  }
  return memory
}

const endpoint = `http://127.0.0.1:${(service.address() as net.AddressInfo).port}`
await using gateway = await Gateway.start({
  main: published(),
  yaml: [
    'telemetry: { logs: { sinks: [] } }',
    // By itself `write` is 30 s, and R16's: a kernel that holds MiBs for a reader of 1 KiB/s tells for minutes of no byte that was taken.
    'timeouts: { write: 1h }',
    `services: { up: { endpoints: ["${endpoint}"] } }`,
    'routes: { all: { match: "/{rest...}", service: up } }',
  ].join('\n'),
})
const cold = rss()
// Code and pools are there after the first transfers, whatever their size.
await whole('uploads', MIB, Infinity)
await whole('downloads', MIB, Infinity)
const idle = rss()
console.log(`idle: ${cold.toFixed(1)} MiB after the start, ${idle.toFixed(1)} MiB after ${2 * count} transfers of 1 MiB at full speed`)
for (const kind of ['uploads', 'downloads'] as const) await crawl(kind)
for (const kind of ['uploads', 'downloads'] as const) {
  const short = await whole(kind, size / LONGER, rate)
  judge(`${kind} of ${mib(size)}`, short, await whole(kind, size, rate))
}
pace.end()
service.close()
for (const problem of problems) console.log(`FAILED ${problem}`)
if (problems.length > 0) process.exitCode = 1
