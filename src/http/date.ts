// Dates as HTTP writes them.
import { FieldName } from './field-name.ts'
import { addFieldOf, fieldOf } from './fields.ts'
import type { FieldOwner } from './fields.ts'

const DATE = new FieldName('date')

let second = 0
let text = ''

/** IMF-fixdate (RFC 9110 §5.6.7) of `wall`, milliseconds since 1970. Made once a second. */
export function httpDate(wall: number): string {
  const now = Math.floor(wall / 1_000)
  if (now !== second) {
    second = now
    text = new Date(now * 1_000).toUTCString()
  }
  return text
}

/** Adds the Date that every answer of ours has (RFC 9110 §6.6.1), where a policy has not set one. `wall` as in `httpDate`. */
export function addDate(head: FieldOwner, wall: number): void {
  if (fieldOf(head, DATE) === undefined) addFieldOf(head, DATE, httpDate(wall))
}
