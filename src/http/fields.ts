// Reading and changing the flat field list (`Fields`), and the map-like view of it that policies get.
import type { ConstantField, FieldName } from './field-name.ts'
import type { FieldLines, Fields } from './message.ts'
import { framingNameProblem, headerNameProblem } from './owned-fields.ts'
import type { HeaderSide } from './owned-fields.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
// Anything but HTAB, visible ASCII, space and obs-text (RFC 9110 §5.5); what is not latin1 cannot be written as bytes at all.
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** The first value of `name` (lower-case), or undefined. */
export function getField(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1]
  return undefined
}

/** The value of `name` (lower-case) where there is exactly one of them. */
export function onlyField(fields: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== name) continue
    if (found !== undefined) return undefined
    found = fields[i + 1]
  }
  return found
}

/** Removes every field called `name`, in place. */
export function removeField(fields: Fields, name: string): void {
  let kept = 0
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name) continue
    if (kept !== i) {
      fields[kept] = fields[i] as string
      fields[kept + 1] = fields[i + 1] as string
    }
    kept += 2
  }
  // Setting a length, even to itself, is slow.
  if (kept !== fields.length) fields.length = kept
}

/** Replaces every field called `name` by one. */
export function setField(fields: Fields, name: string, value: string): void {
  removeField(fields, name)
  fields.push(name, value)
}

/** What fields hang on: their list, and the lines that they came as, which are looked at first. */
export interface FieldOwner {
  readonly fields: Fields
  readonly block?: FieldLines
}

/** The first value of the field called so in a head, or undefined. */
export const fieldOf = (head: FieldOwner, field: FieldName): string | undefined =>
  head.block === undefined ? getField(head.fields, field.name) : head.block.get(field)

/** The value of the field called so in a head where there is exactly one of them. */
export const onlyFieldOf = (head: FieldOwner, field: FieldName): string | undefined =>
  head.block === undefined ? onlyField(head.fields, field.name) : head.block.getOnly(field)

/** Replaces every field called so of a head by one. */
export function setFieldOf(head: FieldOwner, field: FieldName, value: string): void {
  if (head.block === undefined) setField(head.fields, field.name, value)
  else head.block.set(field, value)
}

/** As `setFieldOf`, of a field that is the same for every message. */
export function setConstantOf(head: FieldOwner, field: ConstantField): void {
  if (head.block === undefined) setField(head.fields, field.name, field.value)
  else head.block.setConstant(field)
}

/** Adds a field to a head. */
export function addFieldOf(head: FieldOwner, field: FieldName, value: string): void {
  if (head.block === undefined) head.fields.push(field.name, value)
  else head.block.add(field, value)
}

/** As `addFieldOf`, of a field that is the same for every message. */
export function addConstantOf(head: FieldOwner, field: ConstantField): void {
  if (head.block === undefined) head.fields.push(field.name, field.value)
  else head.block.addConstant(field)
}

/** Removes every field called so of a head. */
export function removeFieldOf(head: FieldOwner, field: FieldName): void {
  if (head.block === undefined) removeField(head.fields, field.name)
  else head.block.remove(field)
}

/** True when some name of a head passes `test`; `bits` are those of all names that can pass it (`nameBit`). */
export function someField(head: FieldOwner, bits: number, test: (name: string) => boolean): boolean {
  if (head.block !== undefined) return head.block.mayHave(bits) && head.block.some(test)
  for (let i = 0; i < head.fields.length; i += 2) if (test(head.fields[i] as string)) return true
  return false
}

/** True when `value` may stand in a field: no control but HTAB, nothing beyond latin1 (RFC 9110 §5.5). */
export function isFieldValue(value: string): boolean {
  // The id of a request is written several times.
  if (value === lastGood) return true
  if (BAD_VALUE.test(value)) return false
  lastGood = value
  return true
}

let lastGood = ''

/** True when `name` is a lower-case token (RFC 9110 §5.1). */
export const isFieldName = (name: string): boolean => NAME.test(name)

/**
 * The fields of a message as policies see them. Names are given in any case. Setting a malformed name or value throws a TypeError, and so
 * does a name that is the gateway's: framing and hop-by-hop fields, on a request also what the gateway asserts to the service
 * (`owned-fields.ts`). A policy that lets it through fails its request with 500 and nothing of it reaches the wire.
 */
export class HeaderMap {
  readonly fields: Fields
  readonly #side: HeaderSide | undefined
  /** `side` says whose names are refused; left out: any token is taken. */
  constructor(fields: Fields, side?: HeaderSide) {
    this.fields = fields
    this.#side = side
  }
  /** All values of `name` joined by ", ", or undefined. (For `set-cookie` use `getAll`.) */
  get(name: string): string | undefined {
    const key = name.toLowerCase()
    let found: string | undefined
    for (let i = 0; i < this.fields.length; i += 2) {
      if (this.fields[i] !== key) continue
      found = found === undefined ? (this.fields[i + 1] as string) : `${found}, ${this.fields[i + 1]}`
    }
    return found
  }
  getAll(name: string): string[] {
    const key = name.toLowerCase()
    const found: string[] = []
    for (let i = 0; i < this.fields.length; i += 2) if (this.fields[i] === key) found.push(this.fields[i + 1] as string)
    return found
  }
  has(name: string): boolean {
    return getField(this.fields, name.toLowerCase()) !== undefined
  }
  set(name: string, value: string): void {
    setField(this.fields, this.#checkedName(name), checkedValue(value))
  }
  append(name: string, value: string): void {
    this.fields.push(this.#checkedName(name), checkedValue(value))
  }
  remove(name: string): void {
    removeField(this.fields, name.toLowerCase())
  }
  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let i = 0; i < this.fields.length; i += 2) yield [this.fields[i] as string, this.fields[i + 1] as string]
  }
  #checkedName(name: string): string {
    const side = this.#side
    const problem = side === 'request' ? headerNameProblem(name, side) : side === 'response' ? framingNameProblem(name) : undefined
    if (problem !== undefined) throw new TypeError(problem)
    const key = name.toLowerCase()
    if (!isFieldName(key)) throw new TypeError(`not a field name: ${JSON.stringify(name)}`)
    return key
  }
}

function checkedValue(value: string): string {
  if (typeof value !== 'string' || !isFieldValue(value)) throw new TypeError(`not a field value: ${JSON.stringify(value)}`)
  return value
}
