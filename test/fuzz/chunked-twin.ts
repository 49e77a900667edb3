// The chunked coding read from whole text by one regular expression after the other: what `ChunkedDecoder` must agree with at any split.

export interface Decoded {
  readonly verdict: 'done' | 'more' | 'bad'
  readonly data: string
  /** Bytes that belong to the body; meaningful when done. */
  readonly used: number
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'
const LINE = new RegExp(`^([0-9A-Fa-f]{1,16})((?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*)\\r\\n`)
const FIELD = new RegExp(`^(${TOKEN}):[\\t \\x21-\\x7e\\x80-\\xff]*$`)
const FORBIDDEN = /^(?:content[^a-z0-9]length|transfer[^a-z0-9]encoding|host|connection|upgrade|expect|te|trailer|keep[^a-z0-9]alive)$/i

/** Decodes; `limits` as the decoder has them. Whether an unfinished line can still become right is not judged: then it says `more`. */
export function decodeChunked(
  text: string,
  limits: { readonly extension: number; readonly trailer: number; readonly fields: number },
): Decoded {
  let data = ''
  let at = 0
  for (;;) {
    const line = LINE.exec(text.slice(at))
    if (line === null) return { verdict: text.slice(at).includes('\n') ? 'bad' : 'more', data, used: at }
    const [whole, digits, extension] = line as unknown as [string, string, string]
    const size = Number(`0x${digits}`)
    if (!Number.isSafeInteger(size) || extension.length > limits.extension) return { verdict: 'bad', data, used: at }
    at += whole.length
    if (size === 0) break
    data += text.slice(at, at + size)
    if (at + size + 2 > text.length) {
      const close = text.slice(at + size)
      return { verdict: '\r\n'.startsWith(close) ? 'more' : 'bad', data, used: at }
    }
    if (text.slice(at + size, at + size + 2) !== '\r\n') return { verdict: 'bad', data, used: at }
    at += size + 2
  }
  if (text.startsWith('\r\n', at)) return { verdict: 'done', data, used: at + 2 }
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return { verdict: /[^\r]\n|\r[^\n]/.test(text.slice(at)) ? 'bad' : 'more', data, used: at }
  const lines = text.slice(at, end).split('\r\n')
  const right = lines.every((one) => FIELD.test(one) && !FORBIDDEN.test((FIELD.exec(one) as unknown as [string, string])[1]))
  return { verdict: right && lines.length <= limits.fields && end + 4 - at <= limits.trailer ? 'done' : 'bad', data, used: end + 4 }
}
