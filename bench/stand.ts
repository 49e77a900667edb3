// A contender that runs: started, and asked once whether it forwards what it shall.
import { mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from './cases.ts'
import type { Contender } from './contender.ts'
import { freePort, start, type Running } from './process.ts'

/** How long a contender may take until it answers, in ms: some load 10,000 routes, some read a JIT's warm code. */
const READY_WITHIN = 20_000

export interface Stand {
  readonly name: string
  readonly version: string
  readonly port: number
  readonly running: Running
}

export interface Place {
  /** A folder for everything that is written; one below it for each contender. */
  readonly folder: string
  readonly upstreamPort: number
  readonly cores: string
}

/**
 * Starts a contender and waits until it forwards. Rejects with a sentence when it is missing, ends, or never answers 200.
 * `started` learns of the program as soon as it runs: ending it is the caller's.
 */
export async function openStand(contender: Contender, place: Place, started: (running: Running) => void): Promise<Stand> {
  const version = await contender.version()
  if (version === undefined) throw new Error('not installed')
  const folder = join(place.folder, contender.name)
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const launch = await contender.prepare({ folder, port, upstreamPort: place.upstreamPort })
  const running = await start(launch, place.cores, join(folder, 'log'))
  started(running)
  const deadline = performance.now() + READY_WITHIN
  for (;;) {
    // Some listen before they know their routes: only a 200 is an answer.
    const status = await ask(port, 'GET', contender.ready ?? '/', '').then(
      (answer) => answer.status,
      () => undefined,
    )
    if (status === 200) return { name: contender.name, version, port, running }
    if (!running.alive()) throw new Error(`ended at once: ${await running.tail()}`)
    if (performance.now() > deadline) {
      await running.end()
      const last = status === undefined ? 'no answer' : `nothing but ${status}`
      throw new Error(`${last} within ${READY_WITHIN / 1000} s: ${await running.tail()}`)
    }
    await sleep(50)
  }
}

/** Undefined when the port answers the request of the case with status 200 and exactly the upstream's body; else a sentence. */
export async function judge(of: Case, port: number, upstreamPort: number): Promise<string | undefined> {
  const method = of.load.kind === 'post' ? 'POST' : 'GET'
  const body = of.load.kind === 'post' ? 'x'.repeat(of.load.count ?? 0) : ''
  const [expected, actual] = await Promise.all([upstreamPort, port].map((each) => ask(each, method, of.load.path, body)))
  if (actual?.status !== 200) return `answers ${actual?.status} to ${method} ${of.load.path}`
  if (expected === undefined || !actual.body.equals(expected.body)) return `changes the body of ${of.load.path}`
  return actual.body.length === of.answer ? undefined : `${of.load.path} has ${actual.body.length} bytes, not ${of.answer}`
}

function ask(port: number, method: string, path: string, body: string): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, method, path, agent: false, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
      response.once('error', reject)
    })
    asking.once('timeout', () => asking.destroy(new Error('no answer within 5 s')))
    asking.once('error', reject)
    asking.end(body)
  })
}
