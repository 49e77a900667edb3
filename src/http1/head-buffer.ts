// A head that did not come in one piece: gathered at a cost linear in its bytes however finely it is cut, and refused at the first byte
// that can stand in no head.
import type { FaultCode } from '../base/fault.ts'
import { CR } from './grammar.ts'
import { badByteFault, findBadByte } from './head-fields.ts'

const CRLFCRLF = Buffer.from('\r\n\r\n')
const FIRST = 1024

/** Bytes from the beginning of a head. */
export class HeadBuffer {
  length = 0
  #bytes = Buffer.allocUnsafe(FIRST)
  #checked = 0
  #searched = 0

  /** What was gathered; valid until the next `append`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  append(chunk: Buffer): void {
    const length = this.length + chunk.length
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, this.length)
      this.#bytes = grown
    }
    chunk.copy(this.#bytes, this.length)
    this.length = length
  }

  /** The offset behind the head's CR LF CR LF, or -1 when it is not there yet. */
  findEnd(): number {
    const close = this.bytes.indexOf(CRLFCRLF, this.#searched)
    if (close >= 0) return close + 4
    this.#searched = Math.max(0, this.length - 3)
    return -1
  }

  /** The fault of a byte within the first `limit` that can stand in no head. */
  badByte(limit: number): FaultCode | undefined {
    const end = Math.min(this.length, limit)
    const bad = findBadByte(this.#bytes, this.#checked, end)
    if (bad >= 0) return badByteFault(this.#bytes[bad] as number, bad === 0)
    // A CR at the end is undecided: it is looked at again with its LF.
    this.#checked = end > 0 && this.#bytes[end - 1] === CR ? end - 1 : end
    return undefined
  }
}
