// What a field name means to the codec: one table lookup for names that we know, one classification for any other.
// A name is judged by how upstreams may read it: every character that is neither letter nor digit counts as `-` (wire policy 7),
// so that `X_Forwarded_For` is as little believed as `X-Forwarded-For`.
import { nameBit } from '../http/field-name.ts'
import { lowerAscii } from './grammar.ts'

/** What the codec does with a field. Numbers, since they are switched on for every field of every message. */
export const Role = {
  /** Passed on. */
  end: 0,
  /** Dropped: hop-by-hop, or a client's copy of what the gateway asserts. */
  drop: 1,
  /** A spelling of a framing field that some upstream may take for the real one: the request is refused. */
  alias: 2,
  host: 3,
  contentLength: 4,
  transferEncoding: 5,
  connection: 6,
  upgrade: 7,
  expect: 8,
  te: 9,
  /** Asserted, but read first where `client.from` says so. */
  forwardedFor: 10,
  forwarded: 11,
  /** Passed on from trusted peers only; the exchange decides. */
  trace: 12,
  requestId: 13,
  cdnLoop: 14,
  keepAlive: 15,
  via: 16,
  /** Passed on, but a reason against pipelining and a credential. */
  sensitive: 17,
  /** Passed on, but a reason against pipelining. */
  conditional: 18,
  webSocketKey: 19,
  webSocketAccept: 20,
  date: 21,
  forwardedProto: 22,
} as const
export type Role = (typeof Role)[keyof typeof Role]

/** A name as the codec keeps it: lower-case, and what to do with it. */
export interface NameInfo {
  readonly name: string
  readonly request: Role
  readonly response: Role
  /** See `nameBit`. */
  readonly bit: number
}

const request = new Map<string, Role>([
  ['host', Role.host],
  ['content-length', Role.contentLength],
  ['transfer-encoding', Role.transferEncoding],
  ['connection', Role.connection],
  ['upgrade', Role.upgrade],
  ['expect', Role.expect],
  ['te', Role.te],
  ['keep-alive', Role.drop],
  ['proxy-connection', Role.drop],
  ['proxy-authorization', Role.drop],
  ['proxy-authenticate', Role.drop],
  ['trailer', Role.drop],
  ['http2-settings', Role.drop],
  ['via', Role.via],
  ['cdn-loop', Role.cdnLoop],
  ['traceparent', Role.trace],
  ['tracestate', Role.trace],
  ['baggage', Role.trace],
  ['b3', Role.trace],
  ['x-request-id', Role.requestId],
  ['authorization', Role.sensitive],
  ['cookie', Role.sensitive],
  ['range', Role.conditional],
  ['if-match', Role.conditional],
  ['if-none-match', Role.conditional],
  ['if-modified-since', Role.conditional],
  ['if-unmodified-since', Role.conditional],
  ['if-range', Role.conditional],
  ['sec-websocket-key', Role.webSocketKey],
])

// What the gateway asserts, or what another gateway might have: never believed from a client, under any spelling. Equal, or a prefix.
const asserted = new Set(['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-original-url', 'x-rewrite-url', 'x-http-method-override',
  'x-http-method', 'x-method-override', 'x-original-host', 'x-client-ip', 'true-client-ip', 'x-cluster-client-ip', 'x-original-forwarded-for',
  'client-cert', 'client-cert-chain', 'x-envoy-external-address', 'proxy']) // prettier-ignore
const assertedPrefixes = ['x-forwarded-', 'x-principal-', 'x-consumer-', 'x-tidegate-', 'x-client-cert']
// Framing fields that are never legitimate under another spelling.
const framing = new Set(['content-length', 'transfer-encoding', 'host', 'connection', 'upgrade', 'expect', 'te', 'trailer', 'keep-alive'])

const response = new Map<string, Role>([
  ['content-length', Role.contentLength],
  ['transfer-encoding', Role.transferEncoding],
  ['connection', Role.connection],
  ['upgrade', Role.upgrade],
  ['keep-alive', Role.keepAlive],
  ['proxy-connection', Role.drop],
  ['proxy-authenticate', Role.drop],
  ['proxy-authentication-info', Role.drop],
  ['trailer', Role.drop],
  ['te', Role.drop],
  ['http2-settings', Role.drop],
  ['sec-websocket-accept', Role.webSocketAccept],
  ['date', Role.date],
  ['via', Role.via],
  // What the gateway itself tells about an answer (A114): a service's own is replaced.
  ['proxy-status', Role.drop],
  ['cache-status', Role.drop],
  ['ratelimit', Role.drop],
  ['ratelimit-policy', Role.drop],
])

const unified = (lower: string): string => lower.replace(/[^a-z0-9]/g, '-')

/** Classifies any name; `raw` is a token. Not remembered: what a stranger sends must not grow a table. */
export function classifyName(raw: string): NameInfo {
  const name = lowerAscii(raw)
  const alike = unified(name)
  let role: Role = request.get(name) ?? Role.end
  if (name === 'x-forwarded-for') role = Role.forwardedFor
  else if (name === 'forwarded') role = Role.forwarded
  else if (name === 'x-forwarded-proto') role = Role.forwardedProto
  else if (asserted.has(alike) || assertedPrefixes.some((prefix) => alike.startsWith(prefix))) role = Role.drop
  else if (alike !== name && framing.has(alike)) role = Role.alias
  else if (alike !== name && request.has(alike)) role = Role.drop
  const back: Role = response.get(name) ?? (alike.startsWith('x-tidegate-') ? Role.drop : Role.end)
  return { name, request: role, response: back, bit: nameBit(name) }
}

// Open addressing over a hash of the name in lower case: no string is made of a name that we know. Holds what we and the configuration
// name and nothing else, so it stays far from full.
const SLOTS = 2_048
const known: (NameInfo | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
// The bytes of each name, with bit 0x20 set. Both have every slot from the start: an array with holes becomes a hash table.
const folded: Uint8Array[] = Array.from({ length: SLOTS }, () => new Uint8Array())

/** One step of the hash that `lookupName` wants, over each byte of a name in turn, from 0. Case does not change it. */
export const hashStep = (hash: number, byte: number): number => (Math.imul(hash, 31) + (byte | 0x20)) | 0

/** The meaning of the name in bytes[start, end), a token, if it is one that we know; `hash` is its hash. */
export function lookupName(bytes: Buffer, start: number, end: number, hash: number): NameInfo | undefined {
  for (let slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
    const info = known[slot]
    if (info === undefined) return undefined
    if (sameName(bytes, start, end, folded[slot] as Uint8Array)) return info
  }
}

// With bit 0x20 set, upper and lower case are one; of token characters, only `^` and `~` become one as well, and no name that is known
// has either of them.
function sameName(bytes: Buffer, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) if (((bytes[start + i] as number) | 0x20) !== name[i]) return false
  return true
}

/** The lower-case name in text[start, end), a token: the one string that stands for it where it is known. */
export function lowerName(text: string, start: number, end: number): string {
  let hash = 0
  for (let i = start; i < end; i++) hash = hashStep(hash, text.charCodeAt(i))
  for (let slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
    const info = known[slot]
    if (info === undefined) return lowerAscii(text.slice(start, end))
    if (info.name.length === end - start && equalsAt(text, start, info.name)) return info.name
  }
}

function equalsAt(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    let code = text.charCodeAt(start + i)
    if (code >= 0x41 && code <= 0x5a) code |= 0x20
    if (code !== name.charCodeAt(i)) return false
  }
  return true
}

/** Puts names (any case) into the table: those of the configuration, beside those that we know. */
export function learnNames(names: readonly string[]): void {
  for (const given of names) {
    if (/[\^~]/.test(given)) continue
    const info = classifyName(given)
    let hash = 0
    for (let i = 0; i < info.name.length; i++) hash = hashStep(hash, info.name.charCodeAt(i))
    let slot = hash & (SLOTS - 1)
    while (known[slot] !== undefined && known[slot]?.name !== info.name) slot = (slot + 1) & (SLOTS - 1)
    known[slot] = info
    folded[slot] = Uint8Array.from(Buffer.from(info.name, 'latin1'), (byte) => byte | 0x20)
  }
}

learnNames([...request.keys(), ...response.keys(), ...asserted, 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port',
  'x-forwarded-prefix', 'accept', 'accept-charset', 'accept-encoding', 'accept-language', 'accept-ranges', 'access-control-allow-credentials',
  'access-control-allow-headers', 'access-control-allow-methods', 'access-control-allow-origin', 'access-control-expose-headers',
  'access-control-max-age', 'access-control-request-headers', 'access-control-request-method', 'age', 'allow', 'cache-control',
  'content-disposition', 'content-encoding', 'content-language', 'content-location', 'content-range', 'content-security-policy',
  'content-type', 'dnt', 'etag', 'expires', 'last-modified', 'link', 'location', 'origin', 'pragma', 'priority', 'referer',
  'referrer-policy', 'retry-after', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'sec-fetch-dest', 'sec-fetch-mode',
  'sec-fetch-site', 'sec-fetch-user', 'sec-websocket-extensions', 'sec-websocket-protocol', 'sec-websocket-version', 'server',
  'set-cookie', 'strict-transport-security', 'timing-allow-origin', 'upgrade-insecure-requests', 'user-agent', 'vary', 'warning',
  'www-authenticate', 'x-api-key', 'x-content-type-options', 'x-correlation-id', 'x-frame-options', 'x-powered-by', 'x-requested-with',
  'x-xss-protection']) // prettier-ignore
