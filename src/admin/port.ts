// A port of the gateway's own, for the admin API or for probes: a small HTTP server on the main thread that nobody can keep busy. Its
// descriptors come from those that workers leave over (`runtime/descriptors.ts`), so it has few connections; a new one ends the oldest.
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { boundConnections } from './connections.ts'
import type { Where } from './gate.ts'
import { bindSocket } from './socket-file.ts'

/** Milliseconds: for a head, for a whole request, between two requests, and without a byte either way. */
const HEAD = 5_000
const REQUEST = 10_000
const KEEP_ALIVE = 5_000
const IDLE = 60_000

export type Address = { readonly address: string; readonly port: number } | { readonly socket: string }

export interface OpenPort {
  /** Port 0 resolved. */
  readonly where: Where
  /** Takes no more connections; what is being answered is answered. */
  close(): Promise<void>
}

/** Opens one, or returns the system's code for why it could not be bound. `listener` is told where its port listens. */
export async function openPort(
  address: Address,
  listener: (where: () => Where) => RequestListener,
): Promise<{ readonly port: OpenPort } | { readonly code: string }> {
  let where: Where = address
  const options = {
    headersTimeout: HEAD,
    requestTimeout: REQUEST,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16_384,
    // Whatever NODE_OPTIONS says.
    insecureHTTPParser: false,
  }
  const server = http.createServer(options)
  const bounded = boundConnections(
    server,
    listener(() => where),
  )
  server.on('request', bounded)
  // Node would answer what it does not know itself, to everybody.
  server.on('checkExpectation', bounded)
  server.timeout = IDLE
  const bound = 'socket' in address ? await bindSocket(server, address.socket) : await bindPort(server, address)
  if (typeof bound === 'string') return { code: bound }
  // What the system says later (no descriptors for accept) is over with the next connection.
  server.on('error', () => {})
  if (!('socket' in address)) where = { address: address.address, port: (server.address() as AddressInfo).port }
  return {
    port: {
      get where() {
        return where
      },
      close: () =>
        new Promise((resolve) => {
          bound()
          server.close(() => resolve())
          server.closeIdleConnections()
        }),
    },
  }
}

type Unlink = () => void

function bindPort(server: http.Server, { address, port }: { address: string; port: number }): Promise<Unlink | string> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EUNKNOWN'))
    server.listen({ port, ...(address === '' ? {} : { host: address }) }, () => {
      server.removeAllListeners('error')
      resolve(() => {})
    })
  })
}
