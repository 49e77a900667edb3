// Bytes as text and back, one character a byte. Node's own slice and write are an order of magnitude cheaper than `toString('latin1', …)`
// and `write(…, 'latin1')` for short texts, and missing from its types.
declare global {
  interface Buffer {
    latin1Slice(start?: number, end?: number): string
    latin1Write(text: string, offset?: number, length?: number): number
  }
}

/** bytes[start, end) as latin1 text; a copy that does not depend on the buffer. */
export const latin1 = (bytes: Buffer, start: number, end: number): string => bytes.latin1Slice(start, end)

/** Writes latin1 text into `bytes` from `at`, as far as there is room, and returns how much was written. */
export const writeLatin1 = (bytes: Buffer, text: string, at: number): number => bytes.latin1Write(text, at)
