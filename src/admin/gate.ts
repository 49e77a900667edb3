// Judges where a request to the admin API comes from, before anything else is looked at (A75). A page in a browser of this machine can send
// requests to loopback: by a name of its own that it points there (DNS rebinding) it fails here on `Host`, from its own origin on `Origin`.
import type { IncomingMessage } from 'node:http'
import { urlHost } from '../base/ip.ts'

/** Where a port of the gateway's own really listens. */
export type Where = { readonly address: string; readonly port: number } | { readonly socket: string }

/** Names that a program on this machine gives to it. */
const LOCAL = ['localhost', '127.0.0.1', '[::1]'] as const

/** Why the request is not answered, as code and sentence; undefined when it may go on. */
export function refusalOf(request: IncomingMessage, where: Where): { readonly code: string; readonly detail: string } | undefined {
  const hosts = valuesOf(request, 'host')
  const [host = ''] = hosts
  if (hosts.length !== 1 || !isOurs(host.toLowerCase(), where)) {
    const wanted = 'socket' in where ? 'localhost' : `${urlHost(where.address)}:${where.port}`
    return { code: 'host_refused', detail: `\`Host\` is not this gateway's; ask for ${wanted}` }
  }
  const origins = valuesOf(request, 'origin')
  // An image or a script of another page comes without `Origin`; what it is for stands here (Fetch Metadata §2.3). `same-site` is another port.
  const strange = valuesOf(request, 'sec-fetch-site').some((site) => site !== 'same-origin' && site !== 'none')
  if (origins.length === 0 && !strange) return undefined
  // Equal, port included: `null`, and every other origin, is somebody else's page.
  if (!strange && origins.length === 1 && origins[0]?.toLowerCase() === `http://${host.toLowerCase()}`) return undefined
  return { code: 'origin_refused', detail: '`Origin` is not this gateway; pages of other origins may not ask it' }
}

function isOurs(host: string, where: Where): boolean {
  // No page reaches a socket; what stands in front of the path there is up to the client.
  if ('socket' in where) return host === 'localhost' || host.startsWith('localhost:')
  const port = where.port === 80 ? ['', ':80'] : [`:${where.port}`]
  return [...LOCAL, urlHost(where.address)].some((name) => port.some((suffix) => host === `${name}${suffix}`))
}

/** Every value of a field; Node itself would keep the first `Host` of several. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '')
  return values
}
