// Writes one response after the other on a client's connection: framing made anew, head and small body in one write.
import { latin1 } from '../base/latin1.ts'
import { ownString } from '../base/own-string.ts'
import { UNKNOWN_LENGTH } from '../http/message.ts'
import type { Fields, ResponseHead } from '../http/message.ts'
import type { Wire } from '../net/wire.ts'
import { chunkLine, encodeFields, lastChunk, lengthLine, statusLine } from './encode.ts'
import { JOIN_MAX } from './limits.ts'

export class ResponseWriter {
  /** The status that was sent; 0 before. */
  status = 0
  /** The connection ends with this response. */
  close = false
  /** Some of the request's body has not been read: the connection cannot be used again. */
  bodyPending = false
  /** Bytes of body written. */
  bytes = 0
  #wire: Wire
  #pending = ''
  #isHead = false
  #http10 = false
  #chunked = false
  #bodiless = false
  // Some of this response has left.
  #begun = false
  // What was written at the end of an earlier turn was too much, and has not left yet.
  #full = false

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Prepares for the response to the next request. */
  begin(isHead: boolean, http10: boolean, close: boolean): void {
    this.status = 0
    this.bytes = 0
    this.close = close
    this.bodyPending = false
    this.#isHead = isHead
    this.#http10 = http10
    this.#chunked = false
    this.#bodiless = false
    this.#begun = false
  }

  /** Takes back what was said of this response, if nothing of it has left: another answer can still be given. */
  discard(): boolean {
    if (this.#begun) return false
    this.#pending = ''
    this.#chunked = false
    this.#bodiless = false
    this.status = 0
    this.bytes = 0
    return true
  }

  /** An interim response; an HTTP/1.0 client gets none (RFC 9110 §15.2). */
  informational(head: ResponseHead): void {
    if (!this.#http10) this.#pending += `${statusLine(head.status)}${encodeHead(head)}\r\n`
  }

  /** The 101 that turns the connection into a tunnel (RFC 6455 §4.2.2). */
  switchProtocols(head: ResponseHead): void {
    this.status = 101
    this.#pending += `${statusLine(101)}${encodeHead(head)}connection: upgrade\r\nupgrade: websocket\r\n\r\n`
    this.flush()
  }

  /** The head. `endStream`: nothing follows. */
  head(head: ResponseHead, endStream: boolean): void {
    const status = head.status
    this.status = status
    let framing = ''
    this.#bodiless = this.#isHead || status === 204 || status === 304
    if (this.#bodiless) {
      // What a GET would have had (RFC 9110 §8.6); 304 says it only where the service did.
      if (status !== 204 && (head.bodyLength > 0 || (head.bodyLength === 0 && status !== 304))) framing = lengthLine(head.bodyLength)
    } else if (endStream) framing = lengthLine(0)
    else if (head.bodyLength !== UNKNOWN_LENGTH) framing = lengthLine(head.bodyLength)
    else if (this.#http10) this.close = true
    else {
      this.#chunked = true
      framing = 'transfer-encoding: chunked\r\n'
    }
    if (this.bodyPending) this.close = true
    if (this.close) framing += 'connection: close\r\n'
    else if (this.#http10) framing += 'connection: keep-alive\r\n'
    this.#pending += statusLine(status) + encodeHead(head) + closed(framing)
    if (endStream) this.flush()
  }

  /** One chunk of body. False: the client is slower than the service. */
  data(chunk: Buffer): boolean {
    return this.part(chunk, 0, chunk.length)
  }

  /** `data` of bytes[start, end); `text`: the same in latin1, if known. */
  part(bytes: Buffer, start: number, end: number, text?: string): boolean {
    const length = end - start
    if (this.#bodiless || length === 0) return true
    this.bytes += length
    const before = this.#chunked ? this.#pending + chunkLine(length) : this.#pending
    const after = this.#chunked ? '\r\n' : ''
    if (length <= JOIN_MAX && before.length <= JOIN_MAX) {
      this.#pending = before + (text ?? latin1(bytes, start, end)) + after
      // Small chunks are written at the end of the turn; when the last such write was too much, this is where it is told.
      return !this.#full
    }
    const chunk = length === bytes.length ? bytes : bytes.subarray(start, end)
    this.#pending = ''
    this.#begun = true
    return before === '' && after === '' ? this.#wire.writeChunk(chunk) : this.#wire.writeFramed(before, chunk, after)
  }

  /** All that was written has left. Whoever is told of no room hears this afterwards, and nobody else may be told. */
  onDrain(): void {
    this.#full = false
  }

  /** The body is whole. */
  end(trailers: Fields | undefined): void {
    if (this.#chunked) this.#pending += lastChunk(trailers)
    this.flush()
  }

  /** Writes what was held back to share a system call. */
  flush(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    this.#begun = true
    this.#full = !this.#wire.writeText(text)
  }
}

let lastFraming = ''
let lastClosed = '\r\n'
let single = true

// With the empty line that ends the head. Made one piece, which costs more than joining, when it comes a second time in a row.
function closed(framing: string): string {
  if (framing !== lastFraming) {
    single = false
    lastFraming = framing
    lastClosed = `${framing}\r\n`
  } else if (!single) {
    single = true
    lastClosed = ownString(lastClosed)
  }
  return lastClosed
}

// A head of a service that nobody looked into goes out as the lines that it came as.
const encodeHead = (head: ResponseHead): string => head.block?.lines ?? encodeFields(head.fields)
