// Names of fields that policies do not write: framing and hop-by-hop fields belong to the codecs, and what the gateway asserts about a
// message must come from the gateway alone. The one list for options (judged at load) and for code (judged as it writes).

/** Which message the field stands in; a few names are the gateway's in one direction only. */
export type HeaderSide = 'request' | 'response'

/** RFC 9110 §7.6.1 and §6.6, RFC 9112 §6. Host follows from the service. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Names, and beginnings of names (ending in `-`). */
const ASSERTED: Record<HeaderSide, readonly string[]> = {
  request: [
    'cdn-loop',
    'client-cert',
    'client-cert-chain',
    'forwarded',
    'via',
    'x-forwarded-',
    'x-principal-',
    'x-real-ip',
    'traceparent',
    'tracestate',
  ],
  response: ['cache-status', 'proxy-status', 'ratelimit', 'ratelimit-policy', 'via', 'x-tidegate-'],
}

// Any case. Lower-casing first would make a `k` of U+212A (A9).
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Why a policy may not touch the field `name` (any case), as a sentence; undefined when it may. */
export function headerNameProblem(name: string, side: HeaderSide): string | undefined {
  const problem = framingNameProblem(name)
  if (problem !== undefined) return problem
  const spelled = spelledOut(name)
  const match = ASSERTED[side].some((each) => (each.endsWith('-') ? spelled.startsWith(each) : spelled === each))
  return match ? `\`${name}\` is what the gateway itself says about the ${side}; no policy may set or remove it` : undefined
}

/** As `headerNameProblem`, of names that no message made by code may have, whatever it is: what is no token, and framing. */
export function framingNameProblem(name: string): string | undefined {
  if (!TOKEN.test(name)) return `\`${name}\` is not a field name: letters, digits and \`-\``
  return FRAMING.has(spelledOut(name))
    ? `\`${name}\` frames the message or belongs to one connection; the gateway writes it anew`
    : undefined
}

/**
 * True for a lower-case name that stands in no field list that a codec made, and so was put there by hand. Of answers, Host and Expect are
 * not among these: they mean nothing there, and a service's own pass.
 */
export const isFraming = (name: string, side: HeaderSide): boolean =>
  FRAMING.has(name) && (side === 'request' || (name !== 'host' && name !== 'expect'))

// Services read `x_forwarded_for` and `x.forwarded.for` as `x-forwarded-for` (CGI, WSGI), so they are the same name here.
const spelledOut = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
