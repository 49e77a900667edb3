// The request that is to be explained, as its client would write it: bytes, with whatever is odd about it left in.
import type { ListenerPlan } from '../config/plan.ts'

export interface ExplainRequest {
  readonly method: string
  /** `http://shop.example:8080/products/7?full=1`, or the path alone. Nothing in it is tidied up. */
  readonly url: string
  /** Names in any case; a `host` here stands in place of the URL's. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** The address that the request comes from; 127.0.0.1 unless said. */
  readonly from?: string
  readonly body?: string | Uint8Array
}

/** The same taken apart. */
export interface SentRequest {
  readonly bytes: Buffer
  /** What stands before the path of the URL; '' for a path alone. */
  readonly authority: string
  /** The port that the URL names; undefined for none. */
  readonly port: number | undefined
  readonly from: string
}

/** Stands in Host where nobody said one. */
const SOME_HOST = 'gateway.test'
const BREAKS = /[\r\n\0]/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** What keeps a request from being sent at all: it would be two, or none; undefined when it can be sent. */
export function requestProblem({ method, url, headers = [] }: ExplainRequest): string | undefined {
  if (!TOKEN.test(method)) return `\`${method}\` is no method`
  if (BREAKS.test(url)) return 'the URL holds a line break'
  if (!/^(?:https?:\/\/[^/?#]|\/|\*$)/i.test(url)) return `\`${url}\` is no URL: write http://host/path, or /path alone`
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) return `\`${name}\` is no header name`
    if (BREAKS.test(value)) return `the value of the header \`${name}\` holds a line break`
  }
  return undefined
}

/** The request in bytes. Call `requestProblem` first. */
export function writeRequest({ method, url, headers = [], from = '127.0.0.1', body }: ExplainRequest): SentRequest {
  const parts = /^https?:\/\/([^/?#]*)([^]*)$/i.exec(url)
  const authority = parts?.[1] ?? ''
  // A fragment stays with the client.
  const rest = (parts?.[2] ?? url).split('#', 1)[0] as string
  const target = rest === '*' || rest.startsWith('/') ? rest : `/${rest}`
  const said = new Set(headers.map(([name]) => name.toLowerCase()))
  const content = body === undefined ? undefined : Buffer.from(body as string)
  const lines = [`${method} ${target} HTTP/1.1`]
  if (!said.has('host')) lines.push(`host: ${authority === '' ? SOME_HOST : authority}`)
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  if (content !== undefined && !said.has('content-length') && !said.has('transfer-encoding'))
    lines.push(`content-length: ${content.length}`)
  const port = /:([0-9]{1,5})$/.exec(authority)?.[1]
  return {
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), content ?? Buffer.alloc(0)]),
    authority,
    port: port === undefined ? undefined : Number(port),
    from,
  }
}

/** The listener that a port means, the first one where none is said; undefined for a port on which nothing listens. */
export const listenerFor = (listeners: readonly ListenerPlan[], port: number | undefined): ListenerPlan | undefined =>
  port === undefined ? listeners[0] : listeners.find((listener) => listener.port === port)
