// What a reader of HTTP/1.1 makes of some bytes, and where ours is laxer than node's: it takes what node refuses, or means another message.

/** One message of which at least the head was accepted. */
export interface Reading {
  /** Method, target and authority in one spelling, or the status and how many interim heads came before it. */
  readonly start: string
  /** How the body's length was told: `none`, digits, `chunked`, or `close`. */
  readonly framing: string
  /** Names in lower case. Ours: those that are passed on. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** One character a byte, as far as it came. */
  readonly body: string
  /** The message ended exactly: `whole`; it cannot any more: `broken`; or its end has not come: `open`. */
  readonly state: 'whole' | 'broken' | 'open'
}

const short = (value: unknown): string => JSON.stringify(value).slice(0, 300)

/** The first of `ours` that is not in `theirs` in the same order. */
function stranger(ours: Reading['fields'], theirs: Reading['fields']): string | undefined {
  let at = 0
  for (const [name, value] of ours) {
    while (at < theirs.length && !(theirs[at]?.[0] === name && theirs[at]?.[1] === value)) at++
    if (at++ === theirs.length) return `${name}: ${value}`
  }
  return undefined
}

/** In what we are laxer with one message; '' for nothing. What we refuse is never laxer. */
function laxerMessage(ours: Reading, theirs: Reading | undefined): string {
  if (ours.state === 'broken') return ''
  if (theirs === undefined) return ours.state === 'whole' ? `we take ${short(ours)}, node refuses it` : ''
  if (ours.start !== theirs.start) return `we read ${short(ours.start)}, node ${short(theirs.start)}`
  // Also before the body is whole: what one reader takes for a body is the next message for the other.
  if (ours.framing !== theirs.framing) return `we frame by ${ours.framing}, node by ${theirs.framing}`
  const field = stranger(ours.fields, theirs.fields)
  if (field !== undefined) return `we pass on ${short(field)}, node read ${short(theirs.fields)}`
  if (ours.state !== theirs.state)
    return ours.state === 'whole' || theirs.state === 'whole' ? `ours is ${ours.state}, node's ${theirs.state}: ${short(ours)}` : ''
  return ours.state === 'whole' && ours.body !== theirs.body ? `we read the body ${short(ours.body)}, node ${short(theirs.body)}` : ''
}

/** In what we are laxer, message by message; '' for nothing. */
export function laxer(ours: readonly Reading[], theirs: readonly Reading[]): string {
  for (const [i, one] of ours.entries()) {
    const wrong = laxerMessage(one, theirs[i])
    if (wrong !== '') return ours.length > 1 ? `message ${i + 1}: ${wrong}` : wrong
  }
  return ''
}

/** Raw fields in pairs, as node tells them. */
export function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [(raw[i * 2] as string).toLowerCase(), raw[i * 2 + 1] as string])
}

/** The framing that fields tell; `else` when they tell none. */
export function framingOf(fields: Reading['fields'], otherwise: string): string {
  if (fields.some(([name]) => name === 'transfer-encoding')) return 'chunked'
  const length = fields.find(([name]) => name === 'content-length')?.[1]
  return length === undefined ? otherwise : lengthOf(Number(length))
}

/** A body of so many bytes, told or not. */
export const lengthOf = (bytes: number): string => (bytes === 0 ? 'none' : String(bytes))

/**
 * A target in the one spelling that wire policy 6 asks for, made slowly: unreserved characters decoded, other escapes in upper case, empty
 * and dot segments resolved, no empty query.
 */
export function canonicalTarget(raw: string): string {
  const origin = raw.replace(/^http:\/\/[^/?]*/i, '')
  const [written, query] = origin.includes('?') ? [origin.slice(0, origin.indexOf('?')), origin.slice(origin.indexOf('?'))] : [origin, '']
  const path = written.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : escape.toUpperCase()
  })
  const segments: string[] = []
  const all = path.split('/')
  for (const segment of all) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const open = ['', '.', '..'].includes(all.at(-1) as string) && segments.length > 0
  return `/${segments.join('/')}${open ? '/' : ''}${query === '?' ? '' : query}`
}

/** A Host in one spelling: lower-case, without default or empty port, without one trailing dot; IPv6 as the URL standard writes it. */
export function canonicalHost(raw: string): string {
  const url = raw.startsWith('[') ? URL.parse(`http://${raw}`) : null
  const host = url?.host ?? raw.toLowerCase()
  const [, name = host, digits = ''] = /^(\[.*\]|[^:]*)(?::(\d*))?$/.exec(host) ?? []
  const plain = name.replace(/\.$/, '')
  const port = digits === '' ? 80 : Number(digits)
  return port === 80 ? plain : `${plain}:${port}`
}
