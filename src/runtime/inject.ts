// One request and its whole answer over a connection in memory, spoken by Node's own client: what the gateway is given and what it gives
// are bytes, as from any client.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'

/** A request as a program writes it. */
export interface InjectedRequest {
  /** GET unless said. */
  readonly method?: string
  /** Path and query: `/products/7?full=1`; `/` unless said. */
  readonly url?: string
  /** Names in any case; a list for a field that stands more than once. `host` is `gateway.test` unless said. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** The address that the gateway sees; 192.0.2.1 (of no machine) unless said. */
  readonly from?: string
}

/** The answer. */
export interface InjectedResponse {
  readonly status: number
  /** Names lower-case, values joined by `, `, `set-cookie` a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** The body as UTF-8 text. */
  readonly text: string
  /** The body as JSON. @throws SyntaxError when it is none. */
  json(): unknown
}

/** Sends `request` on `connection`. Rejects when the answer does not come whole. */
export async function inject(connection: Duplex, request: InjectedRequest): Promise<InjectedResponse> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: { host: 'gateway.test', ...plain(request.headers ?? {}) },
      createConnection: () => connection,
    })
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    outgoing.end(request.body)
  })
  const body = await buffer(answer)
  connection.destroy()
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body,
    get text() {
      return body.toString()
    },
    json: () => JSON.parse(body.toString()) as unknown,
  }
}

const plain = (headers: NonNullable<InjectedRequest['headers']>): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? value : [...value]]))
