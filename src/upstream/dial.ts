// Opening connections to endpoints: the one way out of the gateway, so that tests can put scripted services in its place.
import { connectSocket } from '../net/socket.ts'
import type { Wire, WireHandler } from '../net/wire.ts'

export interface Dialer {
  /** Opens a wire to an address. `handler.onConnect` or `handler.onClose` follows, never before this returns. */
  dial(host: string, port: number, handler: WireHandler): Wire
  /** It takes this host by name: nobody looks it up. */
  knows?(host: string, port: number): boolean
}

/** TCP. */
export const tcpDialer: Dialer = { dial: connectSocket }
