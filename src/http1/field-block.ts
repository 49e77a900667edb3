// The fields of one message: the lines to pass on, as they came, until somebody asks for them one by one. Most messages are never looked
// into; their lines go out as the one or two slices of text that they came as.
import type { Fields } from '../http/message.ts'
import { encodeFields } from './encode.ts'
import { lowerName } from './names.ts'

export class FieldBlock {
  #text = ''
  #list: Fields | undefined = undefined

  /** Adds whole lines, checked by `scanFields`, each with its CR LF. */
  addLines(lines: string): void {
    this.#text = this.#text === '' ? lines : this.#text + lines
  }

  /** The fields one by one. From here on this list is what counts; it may be changed. */
  get list(): Fields {
    return (this.#list ??= split(this.#text))
  }

  /** Somebody has asked for the fields one by one, and may have changed them. */
  get opened(): boolean {
    return this.#list !== undefined
  }

  /** The lines as they are written. */
  encode(): string {
    return this.#list === undefined ? this.#text : encodeFields(this.#list)
  }
}

function split(text: string): Fields {
  const fields: Fields = []
  let at = 0
  while (at < text.length) {
    const colon = text.indexOf(':', at)
    const end = text.indexOf('\r', colon)
    let from = colon + 1
    let to = end
    while (from < to && isBlank(text.charCodeAt(from))) from++
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--
    fields.push(lowerName(text, at, colon), text.slice(from, to))
    at = end + 2
  }
  return fields
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
