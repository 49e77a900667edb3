// The fields of one message: the lines to pass on, as they came, until somebody asks for them as a list. Most messages are never looked
// into, and most edits add what was not there: their lines go out as the text that they are.
import type { ConstantField, FieldName } from './field-name.ts'
import { getField, isFieldValue, onlyField, removeField, setField } from './fields.ts'
import type { FieldLines, Fields } from './message.ts'

/** How names are told apart in text: the codec's table knows most of them without making a string. */
export type NameReader = (text: string, start: number, end: number) => string

export class FieldBlock implements FieldLines {
  /** The bits of all names that were ever in it: a name whose bit is not set is not there, and nothing need be searched. */
  bits = 0
  #text = ''
  #added = false
  #readName: NameReader
  #list: Fields | undefined = undefined
  // Made when the first name is asked for: the name of each line, and where it starts.
  #names: string[] | undefined = undefined
  #starts: number[] | undefined = undefined

  constructor(readName: NameReader) {
    this.#readName = readName
  }

  /** Adds whole lines that a codec has checked, each with its CR LF. */
  addLines(lines: string): void {
    this.#text = this.#text === '' ? lines : this.#text + lines
  }

  /** The fields as a list, which counts from here on and may be changed. */
  get list(): Fields {
    return (this.#list ??= this.#split())
  }

  /** The list has been asked for, or a line been added: the fields are no longer just what came. */
  get changed(): boolean {
    return this.#list !== undefined || this.#added
  }

  /** The text to write, or undefined when the list counts. */
  get lines(): string | undefined {
    return this.#list === undefined ? this.#text : undefined
  }

  /** False: no field of the name, or of the family, that `bit` stands for (`nameBit`). */
  mayHave(bit: number): boolean {
    return (this.bits & bit) !== 0
  }

  /** The first value of the field called so. */
  get({ name, bit }: FieldName): string | undefined {
    if (this.#list !== undefined) return getField(this.#list, name)
    if ((this.bits & bit) === 0 || this.#text === '') return undefined
    const line = this.#index().indexOf(name)
    return line < 0 ? undefined : this.#valueOf(line, name)
  }

  /** The value of the field called so where there is exactly one of them. */
  getOnly({ name, bit }: FieldName): string | undefined {
    if (this.#list !== undefined) return onlyField(this.#list, name)
    if ((this.bits & bit) === 0 || this.#text === '') return undefined
    const names = this.#index()
    const line = names.indexOf(name)
    return line < 0 || names.includes(name, line + 1) ? undefined : this.#valueOf(line, name)
  }

  #valueOf(line: number, name: string): string {
    const starts = this.#starts as number[]
    const end = starts[line + 1] ?? this.#text.length
    return valueIn(this.#text, (starts[line] as number) + name.length + 1, end - 2)
  }

  /** True when some name passes `test`. */
  some(test: (name: string) => boolean): boolean {
    const list = this.#list
    if (list === undefined) return this.#text !== '' && this.#index().some(test)
    for (let i = 0; i < list.length; i += 2) if (test(list[i] as string)) return true
    return false
  }

  /** Adds a field. A value that may not stand in a field is left out whole. */
  add(field: FieldName, value: string): void {
    if (isFieldValue(value)) this.#add(field, value, `${field.start}${value}\r\n`)
  }

  /** Adds a field whose line is made already. */
  addConstant(field: ConstantField): void {
    this.#add(field, field.value, field.line)
  }

  /** Replaces every field called so by one. */
  set(field: FieldName, value: string): void {
    if (this.#has(field)) setField(this.list, field.name, value)
    else this.add(field, value)
  }

  /** As `set`, of a field whose line is made already. */
  setConstant(field: ConstantField): void {
    if (this.#has(field)) setField(this.list, field.name, field.value)
    else this.#add(field, field.value, field.line)
  }

  /** Removes every field called so. */
  remove(field: FieldName): void {
    if (this.#has(field)) removeField(this.list, field.name)
  }

  #add({ name, bit }: FieldName, value: string, line: string): void {
    if (this.#list !== undefined) {
      this.#list.push(name, value)
      return
    }
    this.bits |= bit
    this.#added = true
    this.#names?.push(name)
    this.#starts?.push(this.#text.length)
    this.#text += line
  }

  #has({ name, bit }: FieldName): boolean {
    if (this.#list !== undefined) return getField(this.#list, name) !== undefined
    return (this.bits & bit) !== 0 && this.#text !== '' && this.#index().includes(name)
  }

  #index(): string[] {
    if (this.#names !== undefined) return this.#names
    const names: string[] = []
    const starts: number[] = []
    const text = this.#text
    for (let at = 0; at < text.length;) {
      const colon = text.indexOf(':', at)
      names.push(this.#readName(text, at, colon))
      starts.push(at)
      at = text.indexOf('\n', colon) + 1
    }
    this.#starts = starts
    return (this.#names = names)
  }

  #split(): Fields {
    const fields: Fields = []
    const text = this.#text
    for (let at = 0; at < text.length;) {
      const colon = text.indexOf(':', at)
      const end = text.indexOf('\r', colon)
      fields.push(this.#readName(text, at, colon), valueIn(text, colon + 1, end))
      at = end + 2
    }
    return fields
  }
}

function valueIn(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
