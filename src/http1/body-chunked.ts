// Decodes the chunked coding (RFC 9112 §7.1) from any split of its bytes, strictly: CR LF exact, sizes of 1–16 hex digits, extensions by
// grammar and dropped, trailers checked. It never resynchronises: after a fault the connection is over.
//
//   size ─;→ extension ─CR→ ┐                        ┌─ CR LF ─→ done
//     └──────────CR────────→ size-lf ─0→ trailer ────┴─ fields CR LF CR LF ─→ done
//                              └─n→ data → data-cr → data-lf → size
import type { FaultCode } from '../base/fault.ts'
import { latin1 } from '../base/latin1.ts'
import type { BodyReceiver, Fields } from '../http/message.ts'
import { CR, HEX, LF, TOKEN, VALUE } from './grammar.ts'
import { HeadBuffer } from './head-buffer.ts'
import { infos, marks, scanFields } from './head-fields.ts'
import { CHUNK_DIGITS_MAX, CHUNK_EXTENSION_MAX, CHUNK_OVERHEAD_MAX } from './limits.ts'
import { Role } from './names.ts'
import type { NameInfo } from './names.ts'

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'done' | 'bad'
type Extension = 'name-start' | 'name' | 'value-start' | 'value' | 'quoted' | 'pair' | 'quoted-end'

const SEMICOLON = 0x3b
const EQUALS = 0x3d
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Fields that are no trailers in any message: they frame, route or authenticate it (RFC 9110 §6.5.1). */
const forbidden = new Set<Role>([
  Role.host,
  Role.contentLength,
  Role.transferEncoding,
  Role.connection,
  Role.upgrade,
  Role.expect,
  Role.te,
  Role.alias,
])

/** One chunked body. `feed` until `done` or `fault`. */
export class ChunkedDecoder {
  done = false
  fault: FaultCode | undefined = undefined
  /** Bytes of data so far. */
  received = 0
  trailers: Fields | undefined = undefined
  #state: State = 'size'
  #extension: Extension = 'name-start'
  #digits = 0
  #size = 0
  #left = 0
  #extensionBytes = 0
  /** Framing bytes less what its chunks and data justify. */
  #overhead = 0
  #trailer: HeadBuffer | undefined = undefined
  #trailerMax: number
  #fieldsMax: number

  /** `trailerMax`: bytes of the trailer section; `fieldsMax`: how many fields. */
  constructor(trailerMax: number, fieldsMax: number) {
    this.#trailerMax = trailerMax
    this.#fieldsMax = fieldsMax
  }

  /** Decodes `chunk` from `at`, handing data to `receiver`. Returns the offset behind the last byte that belongs to this body. */
  feed(chunk: Buffer, at: number, receiver: BodyReceiver): number {
    let i = at
    const end = chunk.length
    while (i < end) {
      switch (this.#state) {
        case 'size':
          i = this.#readSize(chunk, i)
          break
        case 'extension':
          i = this.#readExtension(chunk, i)
          break
        case 'size-lf':
          if (chunk[i++] !== LF) return this.#bad(i)
          this.#overhead += this.#digits + 4 - 16
          if (this.#overhead > CHUNK_OVERHEAD_MAX) return this.#bad(i, 'chunk_overhead')
          this.#state = this.#size === 0 ? 'trailer' : 'data'
          this.#left = this.#size
          break
        case 'data': {
          const take = Math.min(this.#left, end - i)
          this.#left -= take
          this.received += take
          this.#overhead -= take * 2
          if (this.#left === 0) this.#state = 'data-cr'
          const data = take === end && i === 0 ? chunk : chunk.subarray(i, i + take)
          i += take
          receiver.data(data)
          break
        }
        case 'data-cr':
          if (chunk[i++] !== CR) return this.#bad(i)
          this.#state = 'data-lf'
          break
        case 'data-lf':
          if (chunk[i++] !== LF) return this.#bad(i)
          this.#state = 'size'
          this.#digits = 0
          this.#size = 0
          this.#extensionBytes = 0
          break
        case 'trailer':
          i = this.#readTrailer(chunk, i)
          break
        case 'done':
        case 'bad':
          return i
        default: {
          const never: never = this.#state
          return never
        }
      }
    }
    return i
  }

  #bad(at: number, fault: FaultCode = 'bad_chunk'): number {
    this.#state = 'bad'
    this.fault = fault
    return at
  }

  #readSize(chunk: Buffer, at: number): number {
    let i = at
    while (i < chunk.length) {
      const byte = chunk[i++] as number
      const digit = HEX[byte] as number
      if (digit >= 0) {
        if (++this.#digits > CHUNK_DIGITS_MAX) return this.#bad(i)
        this.#size = this.#size * 16 + digit
        // Beyond 2^53 a size is not exact any more, and no body is that long.
        if (this.#size > Number.MAX_SAFE_INTEGER) return this.#bad(i)
        continue
      }
      if (this.#digits === 0) return this.#bad(i)
      if (byte === CR) this.#state = 'size-lf'
      else if (byte === SEMICOLON) {
        this.#state = 'extension'
        this.#extension = 'name-start'
      } else return this.#bad(i)
      return i
    }
    return i
  }

  // chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ), without the optional blanks: senders do not use them, attackers do.
  #readExtension(chunk: Buffer, at: number): number {
    let i = at
    while (i < chunk.length) {
      const byte = chunk[i++] as number
      this.#overhead++
      if (++this.#extensionBytes > CHUNK_EXTENSION_MAX) return this.#bad(i, 'chunk_overhead')
      const ends = byte === CR || byte === SEMICOLON
      const state = this.#extension
      if (state === 'quoted') {
        if (byte === QUOTE) this.#extension = 'quoted-end'
        else if (byte === BACKSLASH) this.#extension = 'pair'
        else if (VALUE[byte] !== 1) return this.#bad(i)
      } else if (state === 'pair') {
        if (VALUE[byte] !== 1) return this.#bad(i)
        this.#extension = 'quoted'
      } else if (ends && (state === 'name' || state === 'value' || state === 'quoted-end')) {
        this.#extension = 'name-start'
        if (byte === CR) {
          this.#state = 'size-lf'
          return i
        }
      } else if (TOKEN[byte] === 1 && state !== 'quoted-end') {
        if (state === 'name-start') this.#extension = 'name'
        else if (state === 'value-start') this.#extension = 'value'
      } else if (byte === EQUALS && state === 'name') this.#extension = 'value-start'
      else if (byte === QUOTE && state === 'value-start') this.#extension = 'quoted'
      else return this.#bad(i)
    }
    return i
  }

  // The trailer section is short and rare: it is gathered whole, judged byte by byte as it arrives, and read like a head.
  #readTrailer(chunk: Buffer, at: number): number {
    if (this.#trailer === undefined && chunk[at] === CR && chunk[at + 1] === LF) return this.#finish(at + 2)
    const gathered = (this.#trailer ??= new HeadBuffer())
    const before = gathered.length
    gathered.append(chunk.subarray(at, at + this.#trailerMax + 4 - before))
    const { bytes } = gathered
    const size = bytes[0] === CR && bytes[1] === LF ? 2 : gathered.findEnd()
    if (gathered.badByte(size < 0 ? gathered.length : size) !== undefined) return this.#bad(at, 'bad_trailer')
    if (size > this.#trailerMax || (size < 0 && gathered.length >= this.#trailerMax + 4)) return this.#bad(at, 'trailer_too_large')
    if (size < 0) return chunk.length
    const fault = size === 2 ? undefined : this.#parseTrailer(bytes)
    return fault === undefined ? this.#finish(at + size - before) : this.#bad(at, fault)
  }

  #finish(at: number): number {
    this.#trailer = undefined
    this.#state = 'done'
    this.done = true
    return at
  }

  #parseTrailer(all: Buffer): FaultCode | undefined {
    const count = scanFields(all, 0, this.#fieldsMax)
    if (count === 'too_many_fields') return 'trailer_too_large'
    if (typeof count === 'string') return 'bad_trailer'
    for (let field = 0; field < count; field++) {
      const info = infos[field] as NameInfo
      if (forbidden.has(info.request)) return 'bad_trailer'
      if (info.request !== Role.end) continue
      const mark = field * 4
      ;(this.trailers ??= []).push(info.name, latin1(all, marks[mark + 1] as number, marks[mark + 2] as number))
    }
    return undefined
  }
}
