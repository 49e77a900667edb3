// The WebSocket handshake as far as a gateway is concerned: whether a 101 answers the key that was sent (RFC 6455 §4.2.2).
import { createHash } from 'node:crypto'
import { FieldName } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const KEY = new FieldName('sec-websocket-key')

/** The Sec-WebSocket-Accept that a 101 to this request has to carry. */
export const acceptFor = (head: RequestHead): string =>
  createHash('sha1')
    .update((fieldOf(head, KEY) ?? '') + GUID, 'latin1')
    .digest('base64')
