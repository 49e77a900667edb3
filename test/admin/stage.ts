// An admin port over an example gateway, in this process: asked over real sockets.
import http from 'node:http'
import { Audit } from '../../src/admin/audit.ts'
import { Failures } from '../../src/admin/failures.ts'
import { adminOperations } from '../../src/admin/operations.ts'
import { type Address, openPort } from '../../src/admin/port.ts'
import { adminListener } from '../../src/admin/service.ts'
import { hashOf, Tokens } from '../../src/admin/tokens.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { exampleView, type ViewChange } from './example-view.ts'

export const tokens = { viewer: 'v'.repeat(20), operator: 'o'.repeat(20), issuer: 'i'.repeat(20) } as const

export interface Asked {
  readonly method?: string
  readonly token?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Told {
  readonly status: number
  readonly fields: http.IncomingHttpHeaders
  readonly body: string
  readonly json: unknown
}

export class Stage implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly said: string[] = []
  readonly where: { readonly port: number; readonly socket: string | undefined }
  readonly #close: () => Promise<void>

  private constructor(where: Stage['where'], close: () => Promise<void>) {
    this.where = where
    this.#close = close
  }

  /** `random`: its tokens count as made by the gateway. */
  static async open(
    change: ViewChange = {},
    address: Address = { address: '127.0.0.1', port: 0 },
    { random = false }: { random?: boolean } = {},
  ): Promise<Stage> {
    const said: string[] = []
    const clock = new ManualClock()
    const audit = new Audit((message, level) => said.push(`${level} ${message}`))
    const known = new Tokens(
      Object.entries(tokens).map(([role, token]) => ({ name: `the-${role}`, role: role as 'viewer', hash: hashOf(token), random })),
    )
    const options = {
      operations: adminOperations(exampleView(change)),
      tokens: () => known,
      failures: new Failures(),
      audit,
      now: () => clock.now(),
      failed: (operation: string, error: unknown) => said.push(`failed ${operation}: ${String(error)}`),
    }
    const opened = await openPort(address, (where) => adminListener(options, where))
    if ('code' in opened) throw new Error(opened.code)
    const { port } = opened
    const { where } = port
    const stage = new Stage('socket' in where ? { port: 0, socket: where.socket } : { port: where.port, socket: undefined }, async () => {
      audit.end()
      await port.close()
    })
    Object.assign(stage, { clock, said })
    return stage
  }

  ask(path: string, { method = 'GET', token, fields = {}, body }: Asked = {}): Promise<Told> {
    const { port, socket } = this.where
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...fields }
    return new Promise((resolve, reject) => {
      const to = socket === undefined ? { host: '127.0.0.1', port } : { socketPath: socket }
      const request = http.request(
        { ...to, method, path, headers: { host: `localhost:${port}`, ...headers }, agent: false },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (part: string) => (text += part))
          response.on('end', () => {
            const isJson = (response.headers['content-type'] ?? '').includes('json') && text !== ''
            const json = isJson ? (JSON.parse(text) as unknown) : undefined
            resolve({ status: response.statusCode ?? 0, fields: response.headers, body: text, json })
          })
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
