// Clients that ask without pause while something happens to the gateway, and count what failed.
import http from 'node:http'
import { text } from 'node:stream/consumers'

export interface TrafficOptions {
  /** Clients, each with one request in flight. */
  readonly clients: number
  /** A new connection for each request, instead of one that is kept. */
  readonly fresh?: boolean
}

export interface TrafficCount {
  readonly answered: number
  /** What each request that was not answered with 200 came to. */
  readonly failed: readonly string[]
}

export interface Traffic extends AsyncDisposable {
  stop(): Promise<TrafficCount>
}

export interface Answer {
  readonly status: number
  readonly fields: http.IncomingHttpHeaders
  readonly body: string
}

/** One request to 127.0.0.1; rejects when the answer does not come whole. */
export function ask(port: number, path: string, options: http.RequestOptions = {}, body?: Buffer | string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, ...options }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, fields: response.headers, body: read }), reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Starts clients; `stop` lets their last requests end and tells the count. */
export function startTraffic(port: number, path: string, { clients, fresh = false }: TrafficOptions): Traffic {
  const failed: string[] = []
  let answered = 0
  const stopping = new AbortController()
  const runs = Array.from({ length: clients }, async () => {
    const agent = new http.Agent({ keepAlive: !fresh, maxSockets: 1 })
    while (!stopping.signal.aborted) {
      const outcome = await ask(port, path, { agent }).then(
        ({ status, body }) => (status === 200 ? '' : `${status} ${body}`),
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      )
      if (outcome === '') answered++
      else failed.push(outcome)
    }
    agent.destroy()
  })
  const stop = async (): Promise<TrafficCount> => {
    stopping.abort()
    await Promise.all(runs)
    return { answered, failed }
  }
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}
