// A call without a socket: what a policy sees of a request, made of plain values, for tests of policies.
import { HeaderMap } from '../http/fields.ts'
import type { BodyLength, RequestHead } from '../http/message.ts'
import type { CallClient, CallRequest, CallTrace, Slot } from '../observe/call-view.ts'
import type { Call } from '../pipeline/call.ts'

/** Field names in any case; a list for a field that stands more than once. */
export type FakeHeaders = Readonly<Record<string, string | readonly string[]>>

/** Everything may be left out: `GET http://gateway.test/` from 192.0.2.1, untrusted, on a route named `route`. */
export interface FakeCallInit {
  readonly method?: string
  readonly scheme?: 'http' | 'https'
  readonly host?: string
  readonly path?: string
  /** Without `?`. */
  readonly query?: string
  readonly headers?: FakeHeaders
  /** The request body, for policies that need it whole. */
  readonly body?: string | Buffer
  /** Path parameters, decoded. */
  readonly params?: Readonly<Record<string, string>>
  readonly client?: Partial<CallClient>
  readonly routeName?: string
  /** What the gateway makes as the request's id. */
  readonly id?: string
  readonly startedAt?: number
}

/** A call to hand to hooks. `request.headers` and `request.head.fields` are the same fields, as in the gateway. */
export class FakeCall implements Call {
  readonly request: CallRequest
  readonly client: CallClient
  readonly trace: CallTrace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', parentId: '', flags: '01' }
  readonly routeName: string
  readonly startedAt: number
  /** The request body, empty when there is none. */
  readonly body: Buffer
  entered = 0
  #id: string
  readonly #params: ReadonlyMap<string, string>
  readonly #slots: unknown[] = []
  readonly #abort = new AbortController()

  constructor(init: FakeCallInit = {}) {
    this.body = Buffer.from(init.body ?? '')
    this.request = new FakeRequest(init, this.body.length)
    this.client = { address: '192.0.2.1', peer: '192.0.2.1', trusted: false, ...init.client }
    this.routeName = init.routeName ?? 'route'
    this.startedAt = init.startedAt ?? 0
    this.#id = init.id ?? 'c0ffee00000000000000000000000001'
    this.#params = new Map(Object.entries(init.params ?? {}))
  }

  get id(): string {
    return this.#id
  }

  setId(id: string): void {
    this.#id = id
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The client leaves. */
  leave(): void {
    this.#abort.abort()
  }

  param(name: string): string | undefined {
    return this.#params.get(name)
  }

  get<T>(slot: Slot<T>): T | undefined {
    return this.#slots[slot.index] as T | undefined
  }

  set<T>(slot: Slot<T>, value: T): void {
    this.#slots[slot.index] = value
  }
}

class FakeRequest implements CallRequest {
  readonly head: RequestHead
  readonly headers: HeaderMap

  constructor(init: FakeCallInit, bodyLength: BodyLength) {
    // A client may send any name; what a policy sets is judged as in the gateway.
    this.headers = new HeaderMap(fakeHeaders(init.headers).fields, 'request')
    this.head = {
      method: init.method ?? 'GET',
      scheme: init.scheme ?? 'http',
      authority: init.host ?? 'gateway.test',
      path: init.path ?? '/',
      query: init.query ?? '',
      fields: this.headers.fields,
      bodyLength,
      upgrade: false,
      expectContinue: false,
      wantsTrailers: false,
    }
  }

  get method(): string {
    return this.head.method
  }
  get scheme(): 'http' | 'https' {
    return this.head.scheme
  }
  get host(): string {
    return this.head.authority
  }
  get path(): string {
    return this.head.path
  }
  get query(): string {
    return this.head.query
  }
  get bodyLength(): BodyLength {
    return this.head.bodyLength
  }
}

/** Fields of plain values. @throws TypeError for a name or value that could not stand on the wire. */
export function fakeHeaders(init: FakeHeaders = {}): HeaderMap {
  const headers = new HeaderMap([])
  for (const [name, value] of Object.entries(init)) {
    for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one)
  }
  return headers
}
