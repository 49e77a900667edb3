// Which answers may be compressed, by their heads, and what a head says once its body is.
import { ConstantField, FieldName } from '../../http/field-name.ts'
import { addConstantOf, fieldOf, removeFieldOf, setFieldOf } from '../../http/fields.ts'
import { UNKNOWN_LENGTH, type ResponseHead } from '../../http/message.ts'
import type { CallResponse } from '../../pipeline/call.ts'
import type { CodingName } from './codings.ts'

const CONTENT_TYPE = new FieldName('content-type')
const CONTENT_ENCODING = new FieldName('content-encoding')
const CACHE_CONTROL = new FieldName('cache-control')
const ETAG = new FieldName('etag')
const ACCEPT_RANGES = new FieldName('accept-ranges')
const VARY = new ConstantField('vary', 'Accept-Encoding')
/** What was said about the very bytes: a part of them, or their digest or signature (RFC 9530, RFC 9421). */
const BOUND = ['content-range', 'content-digest', 'repr-digest', 'digest', 'content-md5', 'signature'].map((name) => new FieldName(name))

/** Without a body, or with a part of one. */
const LEFT_ALONE = new Set([204, 205, 206, 304])
const NO_TRANSFORM = /(?:^|,)[ \t]*no-transform[ \t]*(?:,|$)/i
/** `Accept-Encoding` or `*` as one member of the list. */
const VARIES = /(?:^|,)[ \t]*(?:accept-encoding|\*)[ \t]*(?:,|$)/i

export class Candidates {
  readonly #minSize: number
  readonly #types: ReadonlySet<string>
  // A service says one of a few types, and mostly the same again.
  #lastType = ''
  #lastFits = false

  constructor(minSize: number, types: readonly string[]) {
    this.#minSize = minSize
    this.#types = new Set(types)
  }

  /** True when the body of such an answer is compressed for who accepts it. */
  has(response: CallResponse): boolean {
    const { head } = response
    // A HEAD without Content-Length has a length that nobody knows.
    if (head.bodyLength !== UNKNOWN_LENGTH && (head.bodyLength === 0 || head.bodyLength < this.#minSize)) return false
    if (LEFT_ALONE.has(head.status)) return false
    const type = fieldOf(head, CONTENT_TYPE)
    if (type === undefined || !this.#fits(type)) return false
    if (fieldOf(head, CONTENT_ENCODING) !== undefined) return false
    for (const field of BOUND) if (fieldOf(head, field) !== undefined) return false
    return fieldOf(head, CACHE_CONTROL) === undefined || !forbidsTransform(response.headers.get('cache-control'))
  }

  #fits(type: string): boolean {
    if (type === this.#lastType) return this.#lastFits
    const end = type.indexOf(';')
    const name = (end === -1 ? type : type.slice(0, end)).trim().toLowerCase() // wire-safe: only looked up, never passed on
    const slash = name.indexOf('/')
    const plus = name.lastIndexOf('+')
    const fits =
      this.#types.has(name) ||
      (slash > 0 && this.#types.has(`${name.slice(0, slash)}/*`)) ||
      (plus > slash && this.#types.has(`*${name.slice(plus)}`))
    this.#lastType = type
    this.#lastFits = fits
    return fits
  }
}

/** True when the message asks that nobody on its way changes its body (RFC 9111 §5.2). */
export const forbidsTransform = (cacheControl: string | undefined): boolean => cacheControl !== undefined && NO_TRANSFORM.test(cacheControl)

/** Says that the answer depends on what the client accepts, unless it says so already. */
export function addVary(response: CallResponse): void {
  const { head } = response
  if (fieldOf(head, VARY) === undefined || !response.headers.getAll('vary').some((value) => VARIES.test(value))) addConstantOf(head, VARY)
}

/** The head of a compressed body: another representation than the service's, of a length that is not known yet. */
export function encoded(head: ResponseHead, name: CodingName): void {
  setFieldOf(head, CONTENT_ENCODING, name)
  // The same content, not the same bytes (RFC 9110 §8.8.1); and no part of these can be asked for.
  const etag = fieldOf(head, ETAG)
  if (etag?.startsWith('"') === true) setFieldOf(head, ETAG, `W/${etag}`)
  removeFieldOf(head, ACCEPT_RANGES)
  head.bodyLength = UNKNOWN_LENGTH
}
