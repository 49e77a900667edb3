// Which condition of a match a request does not meet, in words: the slow twin of `guard.ts`. Values of the request are never told: what
// they are may be a secret, and how many there are is what one needs.
import type { Condition } from './guard.ts'

/** The bytes of a text as the wire carries them, one character a byte. */
const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** The first condition on a field that does not hold, as a clause; undefined when all hold. */
export function missingHeader(conditions: readonly Condition[], fields: readonly string[]): string | undefined {
  for (const condition of conditions) {
    const { name, value } = condition
    const found = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === bytesOf(name))
    if (value === '*' ? found.length > 0 : found.length === 1 && found[0] === bytesOf(value)) continue
    return `it wants the header \`${name}\`${wanted(condition)}, and the request has ${got(found.length, value)}`
  }
  return undefined
}

/** The same of the query. */
export function missingQuery(conditions: readonly Condition[], query: string): string | undefined {
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map(
      (pair) => [decoded(pair.split('=', 1)[0] as string), decoded(pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '')] as const,
    )
  for (const condition of conditions) {
    const { name, value } = condition
    const found = pairs.filter(([each]) => each === bytesOf(name))
    if (found.length === 1 && (value === '*' || found[0]?.[1] === bytesOf(value))) continue
    return `it wants \`${name}\`${wanted(condition)} in the query${value === '*' ? ' once' : ''}, and the request has ${got(found.length, value)}`
  }
  return undefined
}

/** Names whose values are credentials as a rule: an explanation goes to terminals, tickets and logs. */
const SECRET = /auth|cookie|credential|key|passw|secret|signature|token/i

/** The value that a condition wants, as it may be shown. */
export const shownValue = ({ name, value }: Condition): string => (SECRET.test(name) ? '«hidden»' : value)

const wanted = (condition: Condition): string => (condition.value === '*' ? '' : ` to be \`${shownValue(condition)}\``)

const got = (count: number, value: string): string =>
  count === 0 ? 'none' : count === 1 && value !== '*' ? 'another value' : `${count} of them`

/** Bytes of a name or value of a query: `+` is a space, an escape its byte, anything else itself. */
const decoded = (text: string): string =>
  text.replaceAll('+', ' ').replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
