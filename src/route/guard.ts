// The conditions of a match on header fields and query: an exact value, or `*` for "present".

export interface Condition {
  readonly name: string
  /** The exact value; '*' means present. */
  readonly value: string
}

/** All conditions of one match alternative; all must hold. */
export class Guard {
  /** How many conditions there are: more come before fewer. */
  readonly count: number
  readonly #headers: readonly Condition[]
  readonly #query: readonly Condition[]

  /** Header names are lower-case. Texts are compared as UTF-8 bytes, which is what the wire carries. */
  constructor(headers: readonly Condition[], query: readonly Condition[]) {
    this.#headers = headers.map(asBytes)
    this.#query = query.map(asBytes)
    this.count = headers.length + query.length
  }

  /**
   * A header condition with a value holds for exactly one field line of that value, one with `*` for any number of lines but none. A
   * query condition holds only for exactly one value of its name (A95): services differ in which of several they take.
   */
  holds(fields: readonly string[], query: string): boolean {
    for (const condition of this.#headers) if (!headerHolds(condition, fields)) return false
    for (const condition of this.#query) if (!queryHolds(condition, query)) return false
    return true
  }

  /** False when no request can satisfy both: the same name is asked for with two different values. */
  overlaps(other: Guard): boolean {
    return !contradict(this.#headers, other.#headers) && !contradict(this.#query, other.#query)
  }
}

const asBytes = ({ name, value }: Condition): Condition => ({ name: utf8(name), value: utf8(value) })
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

function contradict(ours: readonly Condition[], theirs: readonly Condition[]): boolean {
  return ours.some((a) => a.value !== '*' && theirs.some((b) => b.name === a.name && b.value !== '*' && b.value !== a.value))
}

function headerHolds(condition: Condition, fields: readonly string[]): boolean {
  let lines = 0
  let value = ''
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== condition.name) continue
    lines++
    value = fields[i + 1] as string
  }
  return condition.value === '*' ? lines > 0 : lines === 1 && value === condition.value
}

function queryHolds(condition: Condition, query: string): boolean {
  let found: string | undefined
  for (let at = 0; at < query.length;) {
    const amp = query.indexOf('&', at)
    const end = amp === -1 ? query.length : amp
    if (end === at) {
      at++
      continue
    }
    const pair = query.slice(at, end)
    const equals = pair.indexOf('=')
    if (means(equals === -1 ? pair : pair.slice(0, equals), condition.name)) {
      if (found !== undefined) return false
      found = equals === -1 ? '' : pair.slice(equals + 1)
    }
    at = end + 1
  }
  return found !== undefined && (condition.value === '*' || means(found, condition.value))
}

/** True when `text`, a name or value of a query, stands for the bytes `wanted`. Lengths are compared first: decoding costs. */
const means = (text: string, wanted: string): boolean =>
  text.length >= wanted.length && text.length <= 3 * wanted.length && decodeQuery(text) === wanted

/** Bytes of a name or value of a query: `+` is a space, escapes are decoded once, what is no escape stays as it is. */
function decodeQuery(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  return text.replaceAll('+', ' ').replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
