// The WebSocket handshake as far as a gateway is concerned: whether a 101 answers the key that was sent (RFC 6455 §4.2.2).
import { createHash } from 'node:crypto'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The Sec-WebSocket-Accept that belongs to a Sec-WebSocket-Key. */
export const acceptOf = (key: string): string =>
  createHash('sha1')
    .update(key + GUID, 'latin1')
    .digest('base64')
