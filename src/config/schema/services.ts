// Services: the endpoints behind the gateway, and how they are treated.
import { z } from 'zod'
import { readAuthority, readEndpoint } from './addresses.ts'
import { duration, integer, named, parsed } from './fields.ts'
import { later, laterValue, plain } from './marks.ts'

const url = (about: string) => parsed(readEndpoint, /^http:\/\/[^?#]+$/, about)

const endpoint = z
  .union([
    url('the URL of an endpoint: `http://127.0.0.1:3000`').transform((address) => ({ url: address, weight: undefined })),
    later(
      z
        .strictObject({
          url: url('the URL of the endpoint'),
          weight: integer(0, 1_000_000, 'its share of the requests, beside those of the others (default 1); 0 gets none').optional(),
        })
        .describe('An endpoint with a weight.'),
      { zone: 'zones come in a later release', priority: 'failover groups come in a later release' },
    ),
  ])
  .describe('An endpoint: its URL, or a map with a weight.')

const retryIf = laterValue(
  plain(
    z
      .enum(['connect', 'reset'])
      .describe('text: what is sent again: `connect` (never sent), `reset` (a connection died before the answer)'),
  ),
  Object.fromEntries(
    ['500', '502', '503', '504', '429', '408'].map((s) => [s, 'retries by status come in a later release; leave `connect` and `reset`']),
  ),
)

const pipelining = z
  .union([
    integer(1, 64, 'requests in flight on one connection (default 1: off); for trusted services only'),
    z
      .strictObject({
        depth: integer(1, 64, 'requests in flight on one connection'),
        echo: plain(
          z
            .string()
            .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: 'must be the name of a header field' })
            .describe('text: a header that the service echoes, by which each answer is verified'),
        ).optional(),
      })
      .describe('Several requests in flight on one connection.'),
  ])
  .describe('Requests in flight on one connection.')

/** What a service may say beside its endpoints; `defaults.service` says the same for all. */
const treatment = {
  host: plain(
    z
      .string()
      .describe('text: the Host that the service sees: `preserve` (the client’s, default), `endpoint`, or a name')
      .transform((input, ctx): 'preserve' | 'endpoint' | { name: string } => {
        if (input === 'preserve' || input === 'endpoint') return input
        const read = readAuthority(input)
        if ('value' in read) return { name: read.value }
        ctx.issues.push({ code: 'custom', message: `${read.message}; write \`preserve\`, \`endpoint\` or a name`, input })
        return z.NEVER
      }),
  ).optional(),
  timeouts: z
    .strictObject({
      connect: duration('to a connection (default 1s)', 1, 300_000).optional(),
      response: duration('from the request to the response head, each try (default 15s)').optional(),
      deadline: duration('to the response head, all tries together (default 30s); 0s for none', 0).optional(),
      stream: duration('without a byte, either way, once the response has begun (default 5m)').optional(),
    })
    .describe('How long the service may take.')
    .optional(),
  connections: z
    .strictObject({
      perEndpoint: integer(1, 65_535, 'connections to one endpoint, for each worker (default 128)').optional(),
      idle: duration('how long an unused one is kept (default 4s)').optional(),
      pipelining: pipelining.optional(),
    })
    .describe('Connections to the endpoints.')
    .optional(),
  concurrency: later(
    z
      .strictObject({
        max: integer(1, 1_000_000, 'requests in flight at the service (default 1024)').optional(),
        pending: integer(0, 1_000_000, 'requests that wait for their turn; further ones are answered 503 (default 1024)').optional(),
      })
      .describe('How many requests are at the service at once.'),
    { adaptive: 'adaptive concurrency comes in a later release; `max` and `pending` are read' },
  ).optional(),
  retries: later(
    z
      .strictObject({
        max: integer(0, 10, 'how often a request is sent again at most (default 1)').optional(),
        if: z.array(retryIf).describe('What is tried again (default [connect, reset]).').optional(),
      })
      .describe('When a request is sent again.'),
    {
      budget: 'a bound over all requests comes in a later release; `max` bounds each request',
      backoff: 'backing off between retries comes in a later release',
      maxBackoff: 'backing off between retries comes in a later release',
    },
  ).optional(),
}

const LATER = {
  discovery: 'service discovery comes in a later release; list the `endpoints`',
  protocol: 'HTTP/2 to services comes in a later release; they are reached over HTTP/1.1',
  balancer: 'other balancers come in a later release; requests go round-robin, by weight',
  sticky: 'sticky sessions come in a later release',
  slowStart: 'slow start comes in a later release',
  zones: 'zones come in a later release',
  healthCheck: 'active health checks come in a later release',
  health: 'active health checks come in a later release, as `healthCheck`',
  outlier: 'outlier ejection comes in a later release',
  circuitBreaker: 'circuit breakers come in a later release',
  hedge: 'hedging comes in a later release',
  deadlineHeader: 'passing deadlines on comes in a later release',
  tls: 'TLS to services comes in a later release',
  credentials: 'credentials towards services come in a later release',
  openapi: 'types from OpenAPI come in a later release',
}

const service = later(
  z
    .strictObject({
      endpoints: z.array(endpoint).min(1, { error: 'needs at least one endpoint' }).describe('Where the service runs.'),
      ...treatment,
    })
    .describe('A service behind the gateway.'),
  LATER,
)

export const services = named(service, 'The services behind the gateway, by name.')

export const serviceDefaults = later(z.strictObject(treatment).describe('What every service gets that does not say otherwise.'), LATER)

export type ServiceInput = z.output<typeof service>
export type ServiceDefaultsInput = z.output<typeof serviceDefaults>
