// Secrets in URLs: values of token-like query parameters and user information never reach a log line (A77).

/** What stands in a line in place of a secret. */
export const REDACTED = '[redacted]'

// Parameters that carry credentials in OAuth 2.0, OpenID Connect, SAML, signed URLs and by habit. Compared without case, and without what is
// neither letter nor digit: `api-key`, `API_KEY` and `apikey` are one name.
const SECRET_NAMES =
  'access_token refresh_token id_token id_token_hint token auth_token csrf_token code code_verifier api_key key secret client_secret ' +
  'client_assertion assertion password passwd pwd auth authorization bearer jwt ticket session session_id sid sig signature ' +
  'SAMLRequest SAMLResponse X-Amz-Signature X-Amz-Credential X-Amz-Security-Token X-Goog-Signature X-Goog-Credential'

/** Whether a URL nested in a parameter of a URL nested in a parameter … is looked into. */
const MAX_NESTING = 3

const AMPERSAND = 0x26
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const QUESTION = 0x3f
const HASH = 0x23
const PERCENT = 0x25

/** Masks one query, or one whole URL. */
export interface Redactor {
  /** The query without `?`. Names are compared decoded; a value that holds a URL with a secret is masked whole. */
  query(query: string): string
  /** A URL or request target, well-formed or not: user information and secrets of query and fragment are masked. */
  url(url: string): string
}

/** A redactor for the usual names and `names` (`redact.query`). */
export function createRedactor(names: readonly string[]): Redactor {
  const secrets = new Set([...SECRET_NAMES.split(' '), ...names].map(letters))
  secrets.delete('')
  const suspect = suspectPattern(secrets)
  const query = (text: string): string => (suspect.test(text) ? redactQuery(text, secrets, 0) : text)
  return {
    query,
    url(url) {
      const cut = url.search(/[?#]/)
      if (cut < 0) return maskUserInfo(url)
      return maskUserInfo(url.slice(0, cut)) + url.charAt(cut) + query(url.slice(cut + 1))
    },
  }
}

/** `http://user:secret@host` → `http://[redacted]@host`; also without scheme, as in the target of CONNECT. */
export function maskUserInfo(url: string): string {
  return url.includes('@') ? url.replace(/^((?:[a-z][a-z0-9+.-]*:)?[/\\]{2})?[^/\\?#]*@/i, `$1${REDACTED}@`) : url
}

/**
 * Matches each query that `redactQuery` could change, and few others: one test instead of a walk for the usual `page=2&sort=price`. That is
 * anything encoded, a name with characters beyond `a-z0-9_-`, or a secret name however it is parted by `_` and `-`.
 */
function suspectPattern(secrets: ReadonlySet<string>): RegExp {
  const names = [...secrets].filter((name) => /^[a-z0-9]+$/.test(name)).map((name) => name.split('').join('[-_]*'))
  return new RegExp(`%|(?:^|[&;?#])(?:[a-z0-9_-]*[^a-z0-9_=&;?#-]|[-_]*(?:${names.join('|')})[-_]*=)`)
}

/** Walks `name=value` pairs; `;`, `?` and `#` part them as well as `&`, because some service reads them so. Copies nothing if nothing is secret. */
function redactQuery(query: string, secrets: ReadonlySet<string>, depth: number): string {
  let result = ''
  let copied = 0
  let start = 0
  let equals = -1
  let plainName = true
  let encoded = false
  for (let i = 0; i <= query.length; i++) {
    const code = i === query.length ? AMPERSAND : query.charCodeAt(i)
    if (code !== AMPERSAND && code !== SEMICOLON && code !== QUESTION && code !== HASH) {
      if (code === PERCENT) encoded = true
      if (equals >= 0) continue
      if (code === EQUALS) equals = i
      else if (!isLowerOrDigit(code)) plainName = false
      continue
    }
    const from = equals < 0 ? start : equals + 1
    const named = equals >= 0 && isSecretName(query.slice(start, equals), plainName, secrets)
    if (i > from && (named || (encoded && depth < MAX_NESTING && holdsSecret(query.slice(from, i), secrets, depth)))) {
      result += query.slice(copied, from) + REDACTED
      copied = i
    }
    start = i + 1
    equals = -1
    plainName = true
    encoded = false
  }
  return copied === 0 ? query : result + query.slice(copied)
}

/** `plain`: nothing but lower-case letters and digits, as most names are. Else each part of `user[password]` is looked at, decoded. */
function isSecretName(name: string, plain: boolean, secrets: ReadonlySet<string>): boolean {
  if (plain) return secrets.has(name)
  const parts = decode(name).split(/[[\]&;?#=]/)
  return parts.some((part) => secrets.has(letters(part)))
}

/** A value that is, or holds, a query with a secret once it is decoded. */
function holdsSecret(value: string, secrets: ReadonlySet<string>, depth: number): boolean {
  const inner = decode(value)
  return inner !== value && redactQuery(inner, secrets, depth + 1) !== inner
}

const isLowerOrDigit = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)

/** Percent-decoded once, malformed escapes left as they are. */
function decode(text: string): string {
  if (!text.includes('%')) return text
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

const letters = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
