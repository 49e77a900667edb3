// Times for eyes: how long, in one unit; and when, as short as can be without being mistaken.

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** `4 d`, `3 h`, `12 min`, `7 s`: whole units of the largest that fits. Milliseconds in. */
export function roughly(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? ['s', 1_000]
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`
}

/** `03:02 UTC`, with the date where it is more than half a day ago. Milliseconds since 1970. */
export function printableTime(at: number, now: number): string {
  const iso = new Date(at).toISOString()
  return `${now - at > 43_200_000 ? `${iso.slice(0, 10)} ` : ''}${iso.slice(11, 16)} UTC`
}
