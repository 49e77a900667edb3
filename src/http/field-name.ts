// Names of fields that are known beforehand, with what would be looked up of them for each message made once.

/**
 * One bit for each name, several names sharing one: what a message may hold. All of `access-control-*` share one that is theirs, so that
 * the family can be asked for. `name` is lower-case.
 */
export function nameBit(name: string): number {
  return name.startsWith('access-control-') ? 1 << 31 : 1 << (hashOf(name) % 31)
}

function hashOf(name: string): number {
  let hash = name.length
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0
  return hash >>> 8
}

/** A name to look for or to write. Made at load; `name` is a lower-case token. */
export class FieldName {
  readonly name: string
  /** See `nameBit`. */
  readonly bit: number
  /** How its lines begin. */
  readonly start: string

  constructor(name: string) {
    this.name = name
    this.bit = nameBit(name)
    this.start = `${name}: `
  }
}

// Names that more than one layer looks for.
export const ORIGIN = new FieldName('origin')
export const TRACEPARENT = new FieldName('traceparent')

/** A field that is the same for every message. */
export class ConstantField extends FieldName {
  readonly value: string
  /** The whole line with its CR LF. */
  readonly line: string

  /** `value` has been checked (`isFieldValue`). */
  constructor(name: string, value: string) {
    super(name)
    this.value = value
    this.line = `${name}: ${value}\r\n`
  }
}
