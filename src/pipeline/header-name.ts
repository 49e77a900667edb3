// Names of fields in a policy's options: which ones policies may set or remove, checked at load.
// Framing and hop-by-hop fields belong to the codecs, and what the gateway asserts about a request must come from the gateway alone.
import { z } from 'zod'
import { isFieldName } from '../http/fields.ts'

/** Which message the field stands in; a few names are the gateway's in one direction only. */
export type HeaderSide = 'request' | 'response'

const FRAMING = 'frames the message or belongs to one connection; the gateway writes it anew'
const ASSERTED = 'is what the gateway itself says about the request'
const ANSWERED = 'is what the gateway itself says about the response'

/** RFC 9110 §7.6.1 and §6.6, RFC 9112 §6; `host` is set by the service's `host`. */
const framing = [
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
const asserted: Record<HeaderSide, readonly string[]> = {
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

/** Why policies may not touch `name` (lower-case); undefined when they may. Any spelling of an asserted name counts as that name. */
export function protectedBecause(name: string, side: HeaderSide): string | undefined {
  // Services read `x_forwarded_for` and `x.forwarded.for` as `x-forwarded-for` (CGI, WSGI), so they are the same name here.
  const spelled = name.replaceAll(/[^a-z0-9]/g, '-')
  if (framing.includes(spelled)) return FRAMING
  const match = asserted[side].some((each) => (each.endsWith('-') ? spelled.startsWith(each) : spelled === each))
  return match ? (side === 'request' ? ASSERTED : ANSWERED) : undefined
}

/** A schema for a field name: any case is taken, lower case is produced; malformed and protected names are load errors. */
export function headerName(side: HeaderSide = 'request'): z.ZodType<string, string> {
  return z
    .string()
    .transform((name) => name.toLowerCase())
    .superRefine((name, context) => {
      const reason = isFieldName(name) ? protectedBecause(name, side) : "is not a field name: letters, digits and !#$%&'*+-.^_`|~ only"
      if (reason !== undefined) context.addIssue({ code: 'custom', message: `\`${name}\` ${reason}` })
    })
}
