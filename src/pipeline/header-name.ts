// Names of fields in a policy's options: which ones policies may set or remove, checked at load.
// Framing and hop-by-hop fields belong to the codecs, and what the gateway asserts about a message must come from the gateway alone.
import { z } from 'zod'
import { isFieldName } from '../http/fields.ts'

/** Which message the field stands in; a few names are the gateway's in one direction only. */
export type HeaderSide = 'request' | 'response'

/** RFC 9110 §7.6.1 and §6.6, RFC 9112 §6. Host follows from the service. */
const FRAMING = [
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
]

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

const ASCII = /^[!-~]+$/

/** Why a policy may not touch the field `name` (any case), as a sentence; undefined when it may. */
export function headerNameProblem(name: string, side: HeaderSide): string | undefined {
  const lower = name.toLowerCase()
  // Lower-casing alone would make a `k` of U+212A (A9).
  if (!ASCII.test(name) || !isFieldName(lower)) return `\`${name}\` is not a field name: letters, digits and \`-\``
  // Services read `x_forwarded_for` and `x.forwarded.for` as `x-forwarded-for` (CGI, WSGI), so they are the same name here.
  const spelled = lower.replaceAll(/[^a-z0-9]/g, '-')
  if (FRAMING.includes(spelled)) return `\`${name}\` frames the message or belongs to one connection; the gateway writes it anew`
  const match = ASSERTED[side].some((each) => (each.endsWith('-') ? spelled.startsWith(each) : spelled === each))
  return match ? `\`${name}\` is what the gateway itself says about the ${side}; no policy may set or remove it` : undefined
}

/** A schema for a field name: any case is taken, lower case is produced; malformed and protected names are load errors. */
export function headerName(side: HeaderSide = 'request'): z.ZodType<string, string> {
  return z
    .string()
    .superRefine((name, context) => {
      const message = headerNameProblem(name, side)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .transform((name) => name.toLowerCase())
}
