// The user part of a URL is a secret wherever it stands, also where the file says it itself (A77).
import type { Secret } from './node.ts'

/** From `://` to the last `@` before what ends an authority (RFC 3986 §3.2), or a text. */
const USER_PART = /:\/\/([^/?#\s"'`]+)@/g
const NONE: readonly Secret[] = []

/** What of the URLs in `text` nobody may read: `user:password`, and the password by itself. A name alone is hidden where it stands only. */
export function userParts(text: string): readonly Secret[] {
  if (!text.includes('://') || !text.includes('@')) return NONE
  const found: Secret[] = []
  const hide = (value: string): void => void found.push({ name: 'user part of a URL', value, isFile: true })
  for (const [, part = ''] of text.matchAll(USER_PART)) {
    const colon = part.indexOf(':')
    hide(colon === -1 ? `//${part}@` : part)
    if (colon !== -1 && colon + 1 < part.length) hide(part.slice(colon + 1))
  }
  return found
}
