// Request methods: which ones the gateway lets in at all (wire policy 2), and what RFC 9110 §9.2 says of them.

/** The allow-list. CONNECT and TRACE are not on it: the one asks for a tunnel to anywhere, the other echoes credentials. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export type Method = (typeof METHODS)[number]

const known: ReadonlySet<string> = new Set(METHODS)
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** True for a method of the allow-list; methods are case-sensitive. Anything else that is a token is answered 501. */
export const isMethod = (method: string): method is Method => known.has(method)

/** True when doing it twice is the same as doing it once, so that it may be sent again (RFC 9110 §9.2.2). */
export const isIdempotent = (method: string): boolean => idempotent.has(method)

/** True when it changes nothing (RFC 9110 §9.2.1). */
export const isSafe = (method: string): boolean => safe.has(method)
