// Where the frames of a WebSocket end in a stream of bytes (RFC 6455 §5.2), so that one of ours can be put between two of them. Payloads
// are skipped, not read.
//
//   first byte → second byte → (length in 2 or 8 bytes →) rest (mask and payload) → first byte

export class FrameEnds {
  /** Bytes of the frame at hand that are still to come once its length is known. */
  #rest = 0
  #masked = false
  #length = 0
  /** Bytes of the length that are still to come. */
  #lengthBytes = 0
  #state: 'first' | 'second' | 'length' | 'rest' = 'first'

  /** Nothing of a frame has passed whose end has not. */
  get between(): boolean {
    return this.#state === 'first'
  }

  /** Takes the next bytes; the offset behind the last frame that ends in them, or -1. */
  push(chunk: Buffer): number {
    let last = -1
    for (let at = 0; at < chunk.length;) {
      if (this.#state === 'rest') {
        const taken = Math.min(this.#rest, chunk.length - at)
        this.#rest -= taken
        at += taken
        if (this.#rest === 0) this.#state = 'first'
      } else this.#headByte(chunk[at++] as number)
      if (this.#state === 'first') last = at
    }
    return last
  }

  #headByte(byte: number): void {
    if (this.#state === 'first') {
      this.#state = 'second'
      return
    }
    if (this.#state === 'second') {
      const length = byte & 0x7f
      this.#masked = byte >= 0x80
      this.#lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0
      this.#length = this.#lengthBytes === 0 ? length : 0
      this.#state = 'length'
    } else {
      this.#length = this.#length * 256 + byte
      this.#lengthBytes--
    }
    if (this.#lengthBytes > 0) return
    this.#rest = this.#length + (this.#masked ? 4 : 0)
    this.#state = this.#rest === 0 ? 'first' : 'rest'
  }
}
