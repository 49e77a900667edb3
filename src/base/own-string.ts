// What outlives its exchange is copied first: V8 keeps a whole 32 KiB head alive for a 40-byte slice of it (wire policy 13, A133).

// V8 copies slices and concatenations below 13 characters; only longer ones point at their parents (SlicedString::kMinLength).
const ALWAYS_OWN = 12
const scratch = Buffer.allocUnsafeSlow(4096)

/** The same text in memory of its own: nothing that it was cut from or joined of stays alive for it. */
export function ownString(text: string): string {
  const length = text.length
  if (length <= ALWAYS_OWN) return text
  if (!isLatin1(text)) return Buffer.from(text, 'utf16le').toString('utf16le')
  if (length > scratch.length) return Buffer.from(text, 'latin1').toString('latin1')
  scratch.write(text, 'latin1')
  return scratch.toString('latin1', 0, length)
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false
  return true
}
