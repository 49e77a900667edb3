// The race of R3 over real sockets: a service that closes idle connections by a short timer, or at the very request that comes in on a used
// one, against callers that ask just then.
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Gateway } from '../harness/gateway.ts'

export interface RaceOptions {
  /** Requests that reach a service on a used connection and are not answered there. */
  readonly races: number
  readonly callers: number
  /** Milliseconds after which the service closes an idle connection; left out: it closes at its second request. */
  readonly idle?: number
  /** Ends a run that meets too few races. */
  readonly seconds?: number
}

export interface RaceResult {
  readonly races: number
  readonly requests: number
  /** Answers other than 200, and ends. */
  readonly failed: readonly string[]
  /** Requests that the service got more than twice. */
  readonly replayed: number
}

/** Runs until so many races were had. */
export async function raceReuse({ races, callers, idle, seconds = 60 }: RaceOptions): Promise<RaceResult> {
  const end = performance.now() + seconds * 1_000
  let had = 0
  const seen = new Map<string, number>()
  const server = net.createServer({ noDelay: true }, (socket) => {
    let served = 0
    let timer: NodeJS.Timeout | undefined
    const dies = had % 3
    socket.on('error', () => {})
    socket.on('close', () => clearTimeout(timer))
    socket.on('data', (chunk) => {
      const path = /^GET (\S+)/.exec(chunk.toString('latin1'))?.[1] ?? '?'
      seen.set(path, (seen.get(path) ?? 0) + 1)
      clearTimeout(timer)
      if (socket.writableEnded || (served > 0 && idle === undefined)) {
        had++
        if (dies === 0) socket.destroy()
        else if (dies === 1) socket.resetAndDestroy()
        else socket.end()
        return
      }
      served++
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`)
      if (idle !== undefined) timer = setTimeout(() => socket.end(), idle)
    })
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, resolve))
  await using gateway = await new Gateway({ endpoints: [(server.address() as net.AddressInfo).port] }).listen()
  const failed: string[] = []
  let requests = 0

  const goesOn = (): boolean => had < races && performance.now() < end && failed.length < 10

  const caller = async (name: number): Promise<void> => {
    const socket = net.connect({ port: gateway.port, host: '127.0.0.1', noDelay: true })
    let text = ''
    let wake = (): void => {}
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      wake()
    })
    socket.on('error', (error) => failed.push(error.message))
    socket.on('close', () => wake())
    for (let i = 0; goesOn() && !socket.destroyed; i++) {
      const path = `/${name}-${i}`
      text = ''
      socket.write(`GET ${path} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
      while (!text.endsWith(`\r\n\r\n${path}`) && !socket.destroyed && !text.includes('requestId'))
        await new Promise<void>((resolve) => (wake = resolve))
      requests++
      if (!text.startsWith('HTTP/1.1 200 ')) failed.push(text === '' ? 'ended' : text.slice(0, 200))
      if (seen.size > 10_000) seen.clear()
      // Just about when the service's timer fires.
      if (idle !== undefined) await pause(idle + (i % 3) - 1)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: callers }, (_, name) => caller(name)))
  const replayed = [...seen.values()].filter((count) => count > 2).length
  await gateway.end()
  await new Promise((resolve) => server.close(resolve))
  return { races: had, requests, failed, replayed }
}
