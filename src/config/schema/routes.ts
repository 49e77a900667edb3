// Routes: which requests they take and what answers them. What spans keys (one handler, bound names) is checked by `compile/`.
import { z } from 'zod'
import { isFieldName, isFieldValue } from '../../http/fields.ts'
import { METHODS } from '../../http/method.ts'
import { originProblem } from '../../http/origin.ts'
import { readHostPattern } from './addresses.ts'
import { duration, flag, integer, name, named, parsed, share, size, template } from './fields.ts'
import { isCode, later, notYet, plain } from './marks.ts'
import { LATER_KINDS, policyList } from './policies.ts'

/** The largest body limit: 1 TiB, beyond which a unit was mistaken. */
export const BODY_MOST = 1024 ** 4

const method = () => plain(z.enum(METHODS).describe('text: a method, in capitals'))

/** A value that must be equal; `*` for any. */
const wanted = z
  .string()
  .refine(isFieldValue, { error: 'holds a character that no header can hold' })
  .describe('text: the exact value, or `*` for any')
const fieldName = z.string().refine((field) => isFieldName(field.toLowerCase()), { error: 'is not the name of a header field' })

const conditions = z
  .strictObject({
    path: plain(
      z.string().describe('template: the path, with `{param}` for one segment and `{rest...}` for the rest; any when left out'),
    ).optional(),
    method: method().optional(),
    methods: z.array(method()).min(1, { error: 'names at least one method' }).describe('Several methods.').optional(),
    hosts: z
      .array(plain(parsed(readHostPattern, /^(\*\.)?[^*/?#]+$/, 'a host, or `*.example.com`')))
      .min(1, { error: 'names at least one host' })
      .describe('The hosts that it is for; any when left out.')
      .optional(),
    headers: z.record(fieldName, wanted).describe('Headers that the request must have.').optional(),
    query: z
      .record(z.string().min(1, { error: 'a query parameter needs a name' }), z.string().describe('text: the exact value, or `*` for any'))
      .describe('Query parameters that it must have.')
      .optional(),
    when: z
      .string()
      .refine(isCode, {
        error: notYet(
          'when',
          'expressions come in a later release; match by `headers` or `query`, or write a function in a configuration in TypeScript',
        ),
      })
      .describe('expression: a condition of its own; today a function of a configuration in TypeScript, and no text')
      .optional(),
  })
  .describe('The requests that a route takes, condition by condition.')

const short = plain(z.string().describe('template: `GET /products/{id}`, or the path alone for every method'))
const match = z
  .union([
    short,
    conditions,
    z.array(z.union([short, conditions]).describe('One alternative.')).min(1, { error: 'needs at least one alternative' }),
  ])
  .describe('Which requests the route takes.')

const weighted = z
  .strictObject({ service: name('the service'), weight: integer(0, 1_000_000, 'its share of the requests, beside those of the others') })
  .describe('A service and its share.')

const reply = z
  .strictObject({
    status: integer(200, 599, 'the status (default 200)').optional(),
    headers: z
      .record(
        fieldName,
        z.string().refine(isFieldValue, { error: 'holds a character that no header can hold' }).describe('text: the value'),
      )
      .describe('Headers of the reply.')
      .optional(),
    body: template('the body').optional(),
    json: z.any().describe('The body as a JSON document.').optional(),
  })
  .describe('A fixed reply.')

const redirect = z
  .strictObject({
    to: template('where to: a path of this host, or a URL; the query of the request goes along unless there is a `?`'),
    status: plain(
      z
        .literal([301, 302, 303, 307, 308], { error: 'a redirect is one of 301, 302, 303, 307, 308' })
        .describe('text: the status (default 307)'),
    ).optional(),
  })
  .describe('A redirect.')

function readOrigin(text: string): { value: string } | { message: string } {
  const message = originProblem(text)
  return message === undefined ? { value: text } : { message }
}

const websocket = z
  .strictObject({
    origins: z
      .array(plain(parsed(readOrigin, /^[a-z][a-z0-9+.-]*:\/\/[^/?#@ ,*]+$/, 'an origin, exactly as browsers write it')))
      .min(1, { error: 'names at least one origin; leave it out to let every page open a WebSocket' })
      .describe('Origins whose pages may open a WebSocket; any when left out.')
      .optional(),
    idle: duration("without a byte, either way; the service's `stream` when left out").optional(),
    lifetime: duration('from the handshake to the end, whatever moves; no bound when left out').optional(),
  })
  .refine((rules) => Object.keys(rules).length > 0, { error: 'is empty; say `origins`, `idle` or `lifetime`, or remove it' })
  .describe('Rules for WebSockets of this route; plain requests pass as ever.')

const route = later(
  z
    .strictObject({
      match,
      over: z
        .union([name('a route'), z.array(name('a route'))])
        .describe('text: the route, or a list of routes, that this one wins over at equal rank')
        .optional(),
      rewrite: plain(template('the path that the service sees')).optional(),
      service: name('the service that answers').optional(),
      split: z
        .array(weighted)
        .min(1, { error: 'names at least one service' })
        .describe('Several services that share the requests.')
        .optional(),
      mirror: z
        .strictObject({
          service: name('the service that gets copies'),
          sample: share('the share of the requests that is copied (default 100%)').optional(),
        })
        .describe('Copies of the requests, whose answers are dropped.')
        .optional(),
      reply: reply.optional(),
      redirect: redirect.optional(),
      policies: policyList('Policies of this route, below the inherited ones.').optional(),
      without: z.array(name('a kind or a set')).describe('Inherited policies, by kind or set, that this route goes without.').optional(),
      public: flag('takes inherited authentication away').optional(),
      limits: z
        .strictObject({ body: size('the largest request body', 0, BODY_MOST).optional() })
        .describe('Limits of this route.')
        .optional(),
      timeouts: z
        .strictObject({
          body: duration('for at least 1 KiB of the request body, or all there is').optional(),
          write: duration('for at least 1 KiB of the response, or all there is').optional(),
          connect: duration('to a connection with the service', 1, 300_000).optional(),
          response: duration('to the response head, each try').optional(),
          deadline: duration('to the response head, all tries; 0s for none', 0).optional(),
          stream: duration('without a byte, either way').optional(),
        })
        .describe('Timeouts of this route.')
        .optional(),
      path: z
        .strictObject({
          encoded: z
            .array(
              plain(
                z
                  .enum(['slash', 'backslash', 'semicolon', 'question', 'hash'])
                  .describe('text: an escape that passes, in upper case (`%2F`)'),
              ),
            )
            .describe('Escapes in the path that pass.')
            .optional(),
          emptySegments: plain(z.enum(['merge', 'keep']).describe('text: what becomes of `//` (default merge)')).optional(),
        })
        .describe('Spellings of the path that the route accepts.')
        .optional(),
      trailers: flag('trailers pass in either direction').optional(),
      websocket: websocket.optional(),
    })
    .describe('A route.'),
  {
    aggregate: 'aggregation comes in a later release',
    lease: 'ending streams with their credential comes in a later release',
    direct: 'frontends come in a later release',
    // Not keys of a route in any version: they come as policies.
    ...Object.fromEntries(LATER_KINDS),
  },
)

export const routes = named(route, 'The routes, by name. The most specific match wins, whatever the order.')

/** A route of which something could not be read. */
export const routeParts = route.partial()

export type RouteParts = z.output<typeof routeParts>
export type RouteInput = z.output<typeof route>
export type ConditionsInput = z.output<typeof conditions>
/** As a program writes them. */
export type ConditionsConfig = z.input<typeof conditions>
