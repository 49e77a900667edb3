// What the gateway says to a service about a request, in place of whatever the client may have said (wire policy 7).
import { encodeFields } from '../http1/encode.ts'
import type { CallClient } from '../observe/call-view.ts'
import { Client } from '../observe/client.ts'

interface Asserted {
  readonly authority: string
  readonly proto: string
  readonly loopId: string
  readonly text: string
}

/**
 * The lines about where a request came from (X-Forwarded-*, X-Real-IP) and that it passed here (Via, CDN-Loop), and the beginning of the
 * next one, `traceparent: 00-` (W3C Trace Context §3.2): up to here a request says what the last of its client said.
 */
export function assertedLines(client: CallClient, authority: string, proto: string, loopId: string): string {
  // A client says the same of itself from request to request: its lines are made once.
  const last = client instanceof Client ? (client.asserted as Asserted | undefined) : undefined
  if (last !== undefined && last.authority === authority && last.proto === proto && last.loopId === loopId) return last.text
  const { address, peer } = client
  const lines = encodeFields([
    'x-forwarded-for',
    address === peer ? peer : `${address}, ${peer}`,
    'x-forwarded-proto',
    proto,
    // An HTTP/1.0 client may have named no host.
    ...(authority === '' ? [] : ['x-forwarded-host', authority]),
    'x-real-ip',
    address,
    'via',
    '1.1 tidegate',
    'cdn-loop',
    loopId,
  ])
  const text = `${lines}traceparent: 00-`
  if (client instanceof Client) client.asserted = { authority, proto, loopId, text } satisfies Asserted
  return text
}
