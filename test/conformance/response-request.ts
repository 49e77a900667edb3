// What the client asks for before the service plays a case of the response corpus.
import type { ResponseCase } from './corpus.ts'

/** The request of the case: as it says itself, else one whose end stays out where the answer is to come first, else a plain one. */
export function requestOf({ request, when, method }: ResponseCase): string {
  if (request !== undefined) return request
  if (when === 'before-request-end') return 'POST /p HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5000\r\n\r\nhello'
  return `${method} /p HTTP/1.1\r\nHost: gw.test\r\n\r\n`
}
