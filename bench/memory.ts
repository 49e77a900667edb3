// `node bench/memory.ts`: resident memory after many requests, and what an idle connection holds, beside nginx.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cases, contenders } from './cases.ts'
import { tidegate } from './contenders/tidegate.ts'
import { measureOn, messageOf, tell, type Ground } from './ground.ts'
import { faultOf, loadWith } from './load/wrk.ts'
import { residentMemory } from './measure/memory.ts'
import type { Stand } from './stand.ts'

const { values } = parseArgs({
  options: {
    contenders: { type: 'string', default: 'nginx,tidegate-plain-2' },
    /** Requests after which memory is looked at, ascending. */
    requests: { type: 'string', default: '1000000,5000000' },
    idle: { type: 'string', default: '10000' },
    /** Seconds between the last byte and the look. */
    rest: { type: 'string', default: '30' },
    cores: { type: 'string', default: '0,1' },
  },
})

/** Beside the benchmark's: two workers, which is what a small machine runs. */
const all = [...contenders, tidegate('plain', 2)]
const [contenderCore = '0', loaderCore = '1'] = values.cores.split(',')
const rest = Number(values.rest)
/** Connections that are being opened at one time: below every listener's backlog. */
const OPENING = 100
/** A contender at its limit of connections leaves the next one waiting, ms. */
const ANSWER_WITHIN = 5_000
const CLOSING_BRACE = 0x7d

await measureOn({ contender: contenderCore, loader: loaderCore }, async (ground) => {
  const names = values.contenders.split(',')
  const unknown = names.find((name) => !all.some((each) => each.name === name))
  if (unknown !== undefined) throw new Error(`there is no contender ${unknown}`)
  let passed = true
  for (const contender of all.filter((each) => names.includes(each.name))) {
    try {
      // Two processes: what many requests leave behind is no room for idle connections.
      const idle = await ground.open(contender)
      await measureIdle(idle)
      await idle.running.end()
      await measureRequests(ground, await ground.open(contender))
    } catch (error) {
      passed = false
      tell(`${contender.name} failed: ${messageOf(error)}`)
    }
  }
  return passed
})

async function measureRequests(ground: Ground, stand: Stand): Promise<void> {
  const plain = cases.find((each) => each.name === 'plain')
  if (plain === undefined) throw new Error('there is no case plain')
  let answered = 0
  for (const goal of values.requests.split(',').map(Number)) {
    while (answered < goal) {
      const result = await loadWith(plain.load, stand.port, 64, 5, ground.loaderCores)
      const fault = faultOf(result)
      if (fault !== undefined) throw new Error(fault)
      answered += result.requests
    }
    await sleep(rest * 1_000)
    const memory = await residentMemory(stand.running.pid)
    report(stand, `${(memory / 2 ** 20).toFixed(1)} MiB resident after ${answered} requests and ${rest} s of rest`)
  }
}

/** Opens connections that served one request each, and divides by their number what the process grew. */
async function measureIdle(stand: Stand): Promise<void> {
  const count = Number(values.idle)
  // What the first requests bring (code, pools) is no property of a connection.
  const warm = await Promise.all(Array.from({ length: OPENING }, () => openIdle(stand.port)))
  await sleep(1_000)
  for (const socket of warm) socket.destroy()
  await sleep(rest * 1_000)
  const before = await residentMemory(stand.running.pid)
  const sockets: Socket[] = []
  let closed = 0
  try {
    while (sockets.length < count) {
      const size = Math.min(OPENING, count - sockets.length)
      sockets.push(...(await Promise.all(Array.from({ length: size }, () => openIdle(stand.port)))))
    }
    for (const socket of sockets) socket.once('close', () => closed++)
    await sleep(rest * 1_000)
    if (closed > 0) throw new Error(`${closed} of ${count} idle connections were closed`)
    const bytes = ((await residentMemory(stand.running.pid)) - before) / count
    report(
      stand,
      `${Math.round(bytes)} bytes resident for each of ${count} idle connections, after one request on each and ${rest} s of rest`,
    )
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** A connection that has had one answer, complete with the body's closing brace. */
function openIdle(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('GET /products/42 HTTP/1.1\r\nHost: bench.test\r\n\r\n'))
    socket.once('error', reject)
    socket.setTimeout(ANSWER_WITHIN, () => socket.destroy(new Error(`a connection got no answer within ${ANSWER_WITHIN / 1_000} s`)))
    socket.on('data', (chunk) => {
      if (chunk.at(-1) === CLOSING_BRACE) {
        socket.setTimeout(0)
        resolve(socket)
      }
    })
  })
}

function report(stand: Stand, line: string): void {
  process.stdout.write(`${stand.name} (${stand.version}): ${line}\n`)
}
