// The protocol-neutral contract: what a request and a response are to everything that is not a codec.
// http1/ and http2/ implement it on either side; routing, policies and handlers know nothing else.
import type { FaultCode } from '../base/fault.ts'
import type { ConstantField, FieldName } from './field-name.ts'

/**
 * Fields as one flat list: name, value, name, value … Names are lower-case, values latin1 (one character a byte).
 * Never holds what belongs to a connection or to framing (Host, Connection, Content-Length, Transfer-Encoding, TE, Upgrade, Expect …):
 * codecs read those on the way in and write their own on the way out.
 */
export type Fields = string[]

/** Fields as the lines that they came as, looked at and added to without making a list of them; see `field-block.ts`. */
export interface FieldLines {
  get(field: FieldName): string | undefined
  getOnly(field: FieldName): string | undefined
  set(field: FieldName, value: string): void
  setConstant(field: ConstantField): void
  add(field: FieldName, value: string): void
  addConstant(field: ConstantField): void
  remove(field: FieldName): void
  some(test: (name: string) => boolean): boolean
  /** False: surely no field whose name has this bit (`nameBit`). */
  mayHave(bit: number): boolean
  /** The text to write; undefined when the list counts. */
  readonly lines: string | undefined
}

/** The length of a body: bytes, 0 for none, or UNKNOWN_LENGTH when only its end will tell. */
export type BodyLength = number
export const UNKNOWN_LENGTH = -1

/** A request's head, as routing and policies see it. */
export interface RequestHead {
  method: string
  scheme: 'http' | 'https'
  /** Canonical: lower-case, no default port, no trailing dot. Empty only for an HTTP/1.0 request without Host. */
  authority: string
  /** The canonical path (wire policy 6): one spelling for router, policies, log and upstream. Starts with `/`, or is `*`. */
  path: string
  /** The path with its empty segments kept, where they were merged in `path`. */
  unmerged?: string
  /** The scheme that a proxy in front told (X-Forwarded-Proto): for who trusts it. */
  forwardedProto?: 'http' | 'https' | undefined
  /** The query as it came, without the `?`; '' when there is none. */
  query: string
  fields: Fields
  /** The same fields as the lines that they came as; absent in heads that we made. */
  readonly block?: FieldLines
  bodyLength: BodyLength
  /** The client asked for WebSocket: GET, HTTP/1.1, no body. */
  upgrade: boolean
  /** The client waits for 100 before it sends its body. */
  expectContinue: boolean
  /** The client said `TE: trailers`. */
  wantsTrailers: boolean
}

/** A response's head. `bodyLength` is UNKNOWN_LENGTH for chunked or close-delimited bodies. */
export interface ResponseHead {
  status: number
  fields: Fields
  /** As in a request's head. */
  readonly block?: FieldLines
  bodyLength: BodyLength
}

/**
 * Where a body, or a whole response, goes. Chunks are *borrowed*: valid during the call only. Whoever cannot pass one on at once copies
 * what is left of it.
 */
export interface BodyReceiver {
  /** Takes one chunk. False: full; the caller pauses its source, and the receiver has it resumed once there is room. */
  data(chunk: Buffer): boolean
  /** The body ended exactly. Trailers are undefined when there were none or they were dropped. */
  end(trailers: Fields | undefined): void
  /** The body will never end: it was cut short or is malformed. */
  fault(code: FaultCode): void
  /** Nothing more comes in this turn: what was held back to share a write goes out now. `end` implies it. */
  flush(): void
}

/** What a handler answers into: first any number of interim heads, then one head, then its body. */
export interface ResponseReceiver extends BodyReceiver {
  informational(head: ResponseHead): void
  /** The final head. `endStream`: no body follows, and `end` is not called. */
  respond(head: ResponseHead, endStream: boolean): void
  /** `data` of bytes[start, end): a view is made only where one is needed. `text`: the same in latin1, where it has been read so already. */
  part(bytes: Buffer, start: number, end: number, text?: string): boolean
  /** `end` of a response that came as a whole, head and body, in one read. */
  endAtOnce(trailers: Fields | undefined): void
}

/** Where a body comes from. The receiver is set before the first chunk can flow; a source starts paused. */
export interface Source {
  pause(): void
  resume(): void
  /** The rest is not wanted; the source releases what it holds (and may close its connection). */
  cancel(code: FaultCode): void
}

/** Who hears of what comes out of one end of a tunnel. */
export interface TunnelPeer {
  /** Borrowed bytes. */
  onData(chunk: Buffer): void
  onDrain(): void
  /** That side will send no more. */
  onEnd(): void
  /** That side is over, `error` being '' for a clean end. */
  onClose(error: string): void
}

/** One end of a tunnel after a protocol switch: opaque bytes, with backpressure. */
export interface TunnelEnd {
  /** Gets what comes out of this end. */
  tunnel: TunnelPeer | undefined
  /** False: full. */
  write(chunk: Buffer): boolean
  pause(): void
  resume(): void
  /** No more bytes into this end; what is queued still leaves. */
  finish(): void
  destroy(): void
}
