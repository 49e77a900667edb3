// What the gateway says to a service about a request, in place of whatever the client may have said (wire policy 7).
import { encodeFields } from '../http1/encode.ts'
import type { CallClient } from '../observe/call-view.ts'

interface Asserted {
  readonly authority: string
  readonly proto: string
  readonly loopId: string
  readonly text: string
}

// A client says the same of itself from request to request: its lines are made once, and kept as long as it is.
const made = new WeakMap<CallClient, Asserted>()

/** The lines about where a request came from (X-Forwarded-*, X-Real-IP) and that it passed here (Via, CDN-Loop). */
export function assertedLines(client: CallClient, authority: string, proto: string, loopId: string): string {
  const last = made.get(client)
  if (last !== undefined && last.authority === authority && last.proto === proto && last.loopId === loopId) return last.text
  const { address, peer } = client
  const text = encodeFields([
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
  made.set(client, { authority, proto, loopId, text })
  return text
}
