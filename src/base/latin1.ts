// Bytes as text, one character a byte. Node's own slice is an order of magnitude cheaper than `toString('latin1', …)` for short heads,
// and missing from its types.
declare global {
  interface Buffer {
    latin1Slice(start?: number, end?: number): string
  }
}

/** bytes[start, end) as latin1 text; a copy that does not depend on the buffer. */
export const latin1 = (bytes: Buffer, start: number, end: number): string => bytes.latin1Slice(start, end)
