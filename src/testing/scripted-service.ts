// A service that is a function: what a gateway under test forwards to it is kept, and answered by the function. Spoken by Node's own HTTP
// server over connections in memory, so that what the gateway sends must be HTTP and not only look like it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { MemoryService } from '../runtime/memory-dialer.ts'

/** A request as the service got it. */
export interface ScriptedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** Names lower-case; values of a repeated field joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** An answer; what is left out is 200, no fields and no body. */
export interface ScriptedResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** A JSON body, with its content type. */
  readonly json?: unknown
}

/** `'reset'` breaks the connection without an answer. */
export type Script = (request: ScriptedRequest) => ScriptedResponse | 'reset' | Promise<ScriptedResponse | 'reset'>

export class ScriptedService implements MemoryService {
  /** Everything that came, in order. */
  readonly requests: ScriptedRequest[] = []
  /** Connections so far. */
  connections = 0
  /** As if nothing listened there. */
  refusing = false
  readonly #script: Script
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  constructor(script: Script) {
    this.#script = script
  }

  accept(connection: Duplex): void {
    this.connections++
    this.#server.emit('connection', connection)
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming).catch(() => undefined)
    // The gateway has given the request up.
    if (body === undefined) return
    const { method = '', url = '', headers } = incoming
    const request = { method, url, headers: headers as ScriptedRequest['headers'], body }
    this.requests.push(request)
    const answer = await attempt(this.#script, request)
    if (answer === 'reset') return void outgoing.destroy(new Error('the script breaks the connection'))
    outgoing.statusCode = answer.status ?? 200
    for (const [name, value] of Object.entries(answer.headers ?? {})) outgoing.setHeader(name, value)
    if (answer.json !== undefined && !outgoing.hasHeader('content-type')) outgoing.setHeader('content-type', 'application/json')
    outgoing.end(answer.json === undefined ? answer.body : JSON.stringify(answer.json))
  }
}

/** What the script says; a script that throws is a service that fails, and says why. */
async function attempt(script: Script, request: ScriptedRequest): Promise<ScriptedResponse | 'reset'> {
  try {
    return await script(request)
  } catch (error) {
    return { status: 500, body: `the script of the service failed: ${String(error)}` }
  }
}

/** A service that answers by `script`, to stand in for one of the configuration (`createGateway(config, { services: { orders: … } })`). */
export const scriptedService = (script: Script): ScriptedService => new ScriptedService(script)
