// Who sends on a connection, from one request to the next. What others make of a client is kept with it: the next request finds it beside
// what it has to look at anyway, where a map of all clients would be cold.
import type { CallClient } from './call-view.ts'

export class Client implements CallClient {
  readonly address: string
  readonly peer: string
  readonly trusted: boolean
  /** What services were last told of it: `upstream/asserted-fields.ts` alone knows its shape. */
  asserted: unknown = undefined
  /** How its last line in the access log ended: known to the encoder that made it. */
  logged: unknown = undefined

  constructor(address: string, peer: string, trusted: boolean) {
    this.address = address
    this.peer = peer
    this.trusted = trusted
  }
}
