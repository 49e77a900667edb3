// Origins as browsers write them (RFC 6454 §6.2, WHATWG HTML "serialization of an origin"), compared byte by byte and never by pattern.
import { ORIGIN } from './field-name.ts'
import { onlyFieldOf, type FieldOwner } from './fields.ts'

/** Scheme, host, optional port; lower-case. Other schemes than http are those of app shells (`capacitor://localhost`). */
const SHAPE = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@ \t,*]+$/

/** Why `text` cannot be an origin of the list, as a sentence with the remedy; undefined when it can. */
export function originProblem(text: string): string | undefined {
  if (text === 'null') return '`null` is what every sandboxed document and local file sends; it cannot be an origin'
  if (text.includes('*')) return `\`${text}\` is a pattern: origins are listed one by one`
  if (!SHAPE.test(text)) {
    const url = /^https?:\/\//i.test(text) && !/[@?# \t]/.test(text) ? URL.parse(text) : null
    if (url !== null)
      return `\`${text}\` is not an origin: browsers write \`${url.origin}\`, a scheme and a host in lower case and nothing after them`
    return `\`${text}\` is not an origin: a scheme and a host in lower case, and nothing after them (https://shop.example)`
  }
  const url = URL.parse(text)
  if (url === null) return `\`${text}\` is not an origin: its host or port cannot be read`
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  return url.origin === text ? undefined : `browsers write this origin as \`${url.origin}\`; write it so, or it never matches`
}

/** The Origin of a request; undefined when there is none, or more than one, which no browser sends. */
export const originOf = (head: FieldOwner): string | undefined => onlyFieldOf(head, ORIGIN)
