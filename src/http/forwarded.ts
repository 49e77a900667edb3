// Who the client is when proxies stand before us (A32): exactly one source is read, and only as far as trusted peers vouch for it.
// And what we say ourselves to the next hop: X-Forwarded-For and Forwarded (RFC 7239), always written anew.
import { parseAddress, type TrustedPeers } from '../base/ip.ts'

export type ClientSource = 'connection' | 'x-forwarded-for' | 'forwarded'

/** More elements than any chain of honest proxies has; what lies further left was written by someone nobody vouches for. */
const MAX_ELEMENTS = 16

/**
 * The client's address. `fieldValue` is the value of the field that `from` names, several lines joined by commas; `peer` is the TCP
 * peer's canonical address. From a trusted peer the field is walked from the right, at most 16 elements: the first address that is not
 * trusted is the client; an element that is no address (`unknown`, `_hidden`, junk) ends the walk at the last address vouched for.
 */
export function resolveClient(from: ClientSource, fieldValue: string | undefined, peer: string, trusted: TrustedPeers): string {
  if (from === 'connection' || fieldValue === undefined || !trusted.has(peer)) return peer
  let client = peer
  let end = fieldValue.length
  for (let count = 0; count < MAX_ELEMENTS && end >= 0; count++) {
    const comma = from === 'forwarded' ? lastDelimiter(fieldValue, ',', end) : end === 0 ? -1 : fieldValue.lastIndexOf(',', end - 1)
    const element = trimSpace(fieldValue, comma + 1, end)
    end = comma
    // RFC 9110 §5.6.1: empty elements of a list mean nothing.
    if (element === '') continue
    const address = from === 'forwarded' ? forwardedFor(element) : nodeAddress(element)
    if (address === undefined) break
    client = address
    if (!trusted.has(address)) break
  }
  return client
}

/** What X-Forwarded-For says to the next hop: the elements kept from before ('' for none), then the peer. */
export const appendForwardedFor = (kept: string, peer: string): string => (kept === '' ? peer : `${kept}, ${peer}`)

/** One element of Forwarded (RFC 7239 §4). `host` is a canonical authority, '' to leave it out. */
export function forwardedElement(peer: string, host: string, proto: 'http' | 'https'): string {
  const node = peer.includes(':') ? `"[${peer}]"` : peer
  const named = host === '' ? '' : `;host=${TOKEN.test(host) ? host : `"${host}"`}`
  return `for=${node}${named};proto=${proto}`
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Spaces and tabs only: trim() would take NBSP and more for space (wire policy 11). */
function trimSpace(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

/**
 * Where the last `delimiter` outside quotes stands before `end`, or -1. Read from the right, so that a quote that somebody further left
 * did not close cannot swallow what a trusted proxy wrote after it.
 */
function lastDelimiter(text: string, delimiter: string, end: number): number {
  let quoted = false
  for (let i = end - 1; i >= 0; i--) {
    if (text[i] === '"') quoted = !quoted
    else if (!quoted && text[i] === delimiter) return i
  }
  return -1
}

/** The address of one Forwarded element's `for`; undefined when it has none, two, or something that is no address. */
function forwardedFor(element: string): string | undefined {
  let found: string | undefined
  for (let end = element.length; end >= 0;) {
    const semicolon = lastDelimiter(element, ';', end)
    const pair = trimSpace(element, semicolon + 1, end)
    end = semicolon
    if (!/^for=/i.test(pair)) continue
    if (found !== undefined) return undefined
    found = pair.slice(4)
  }
  if (found === undefined) return undefined
  const quoted = found.length > 1 && found.startsWith('"') && found.endsWith('"')
  const value = quoted ? found.slice(1, -1) : found
  // RFC 7239 §6: what has a colon must be quoted, and IPv6 stands in brackets.
  if (!quoted && value.includes(':')) return undefined
  return value.includes(':') && !value.startsWith('[') && value.indexOf(':') !== value.lastIndexOf(':') ? undefined : nodeAddress(value)
}

const PORT = /^:[0-9]{1,5}$/

/** The canonical address of `a.b.c.d`, `a.b.c.d:port`, an IPv6 address, `[v6]` or `[v6]:port`. */
function nodeAddress(node: string): string | undefined {
  if (node.startsWith('[')) {
    const close = node.indexOf(']')
    const inner = node.slice(1, close)
    const after = node.slice(close + 1)
    return close > 0 && inner.includes(':') && (after === '' || PORT.test(after)) ? parseAddress(inner) : undefined
  }
  const colon = node.indexOf(':')
  if (colon === -1 || colon !== node.lastIndexOf(':')) return parseAddress(node)
  return PORT.test(node.slice(colon)) ? parseAddress(node.slice(0, colon)) : undefined
}
