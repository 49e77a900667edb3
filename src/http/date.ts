// Dates as HTTP writes them.
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
