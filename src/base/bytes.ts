// Sizes as people write them (`64KiB`, `10MiB`, `1GB`), read into bytes and back. `K` alone is refused: it means two things.
import { scaled } from './duration.ts'

const UNITS = new Map([
  ['B', 1],
  ['KB', 1_000],
  ['MB', 1_000_000],
  ['GB', 1_000_000_000],
  ['KiB', 1_024],
  ['MiB', 1_048_576],
  ['GiB', 1_073_741_824],
])
const SHAPE = /^(0|[1-9][0-9]{0,14})(\.[0-9]{1,3})?(B|KB|MB|GB|KiB|MiB|GiB)$/

/** Bytes, a whole number of at least 0. Undefined for anything but one number with one unit, a bare number included. */
export function parseBytes(text: string): number | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  return scaled(match[1] as string, match[2], UNITS.get(match[3] as string) as number)
}

/** The shortest exact spelling: 65536 → `64KiB`, 1000 → `1KB`, 1001 → `1001B`. */
export function formatBytes(bytes: number): string {
  let best = `${bytes}B`
  if (bytes === 0) return best
  for (const [unit, size] of UNITS) {
    const candidate = `${bytes / size}${unit}`
    if (bytes % size === 0 && bytes / size < Number.parseInt(best, 10)) best = candidate
  }
  return best
}
