// How many whole requests wait in what a client sent ahead.
import { latin1 } from '../base/latin1.ts'

const CRLFCRLF = Buffer.from('\r\n\r\n')
const BODY = /\r\n(?:content-length|transfer-encoding)[ \t]*:/i

/** Counts complete heads up to the first one that has a body: what follows that is not looked into. */
export function countHeads(held: Buffer): number {
  let count = 0
  let at = 0
  for (;;) {
    const close = held.indexOf(CRLFCRLF, at)
    if (close < 0) return count
    count++
    if (BODY.test(latin1(held, at, close))) return count
    at = close + 4
  }
}
