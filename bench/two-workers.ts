// `node bench/two-workers.ts`: what a request costs with two workers against one, and how connections spread over the two.
import { readdir, readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { cases } from './cases.ts'
import { tidegate } from './contenders/tidegate.ts'
import { measureOn, tell, type Ground } from './ground.ts'
import { tableOf } from './report.ts'
import { runCase } from './rounds.ts'
import type { Stand } from './stand.ts'

/** Connections whose worker is asked for: with 400 of them, chance alone leaves 40–60 % once in 15,000 runs. */
const SPREAD_OVER = 400
/** Requests on one connection to tell which thread serves it: 1–2 ms of work. */
const ASKED = 40

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1.5' },
    cores: { type: 'string', default: '0,1' },
  },
})

await measureOn({ contender: values.cores, loader: values.cores.split(',').at(-1) ?? '1' }, async (ground) => {
  const one = await ground.open(tidegate('plain', 1))
  const two = await ground.open(tidegate('plain', 2))
  await compareCost(ground, one, two)
  return compareShares(two)
})

/** Both run on all cores, beside loader and upstream: what counts is the CPU, not the rate. */
async function compareCost(ground: Ground, one: Stand, two: Stand): Promise<void> {
  const plain = cases.find((each) => each.name === 'plain')
  if (plain === undefined) throw new Error('there is no case plain')
  for (const connections of [32, 256]) {
    const loading = { connections, rounds: Number(values.rounds), seconds: Number(values.seconds), cores: ground.loaderCores }
    const outcomes = await runCase(plain, [one, two], loading)
    process.stdout.write(`${tableOf({ case: 'two-workers', title: plain.title, connections, outcomes }, one.name)}\n\n`)
  }
}

/** Opens connections that stay idle but for one at a time, and finds by its CPU time the thread that serves it. */
async function compareShares(stand: Stand): Promise<boolean> {
  const sockets: Socket[] = []
  const served = new Map<string, number>()
  try {
    for (let i = 0; i < SPREAD_OVER; i++) sockets.push(await open(stand.port))
    for (const socket of sockets) {
      const before = await threadTimes(stand.running.pid)
      for (let i = 0; i < ASKED; i++) await ask(socket)
      const after = await threadTimes(stand.running.pid)
      const used = (thread: string) => (after.get(thread) ?? 0) - (before.get(thread) ?? 0)
      const busiest = [...after.keys()].toSorted((a, b) => used(b) - used(a))[0] as string
      served.set(busiest, (served.get(busiest) ?? 0) + 1)
    }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  const shares = [...served.values()].map((count) => count / SPREAD_OVER).toSorted((a, b) => b - a)
  process.stdout.write(
    `${SPREAD_OVER} connections: ${shares.map((share) => `${(share * 100).toFixed(1)} %`).join(', ')} (wanted: two shares of 40–60 %)\n`,
  )
  // A collection of garbage on a thread of its own can outweigh a few requests.
  const [first = 0, second = 0] = shares
  const even = first <= 0.6 && second >= 0.4 && first + second >= 0.98
  if (!even) tell('the connections are not spread evenly over two workers')
  return even
}

/** CPU time of each thread, ns. */
async function threadTimes(pid: number): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
    times.set(thread, Number(text.split(' ')[0]))
  }
  return times
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** One request and its whole answer, which ends with the body's closing brace. */
function ask(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const take = (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (!answer.endsWith('}')) return
      socket.off('data', take).off('close', lost)
      if (answer.startsWith('HTTP/1.1 200 ')) resolve()
      else reject(new Error(`unexpected answer: ${answer.slice(0, 60)}`))
    }
    const lost = () => reject(new Error('the connection was closed'))
    socket.on('data', take).once('close', lost)
    socket.write('GET /products/42 HTTP/1.1\r\nHost: bench.test\r\n\r\n')
  })
}
