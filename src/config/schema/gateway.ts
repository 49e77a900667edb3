// The whole configuration: every section, what a later version reads, and which sections unite when there are several files.
import { z } from 'zod'
import { admin, probes } from './admin.ts'
import { duration, file, integer, named, share, size } from './fields.ts'
import { client, listeners } from './listeners.ts'
import { later, plain } from './marks.ts'
import { policyList } from './policies.ts'
import { BODY_MOST, routes } from './routes.ts'
import { serviceDefaults, services } from './services.ts'
import { telemetry } from './telemetry.ts'

const KIB = 1024
const MIB = 1024 * KIB

const limits = z
  .strictObject({
    head: size('the head of a request (default 32KiB)', KIB, MIB).optional(),
    headers: integer(1, 10_000, 'fields of a request (default 100)').optional(),
    target: size('the request target (default 8KiB)', 128, MIB).optional(),
    body: size('the body of a request; none for what is only passed on, when left out', 0, BODY_MOST).optional(),
    pipelined: integer(1, 1_000, 'requests of one connection that may wait (default 16)').optional(),
    connections: integer(1, 10_000_000, 'connections of clients; bounded by the descriptors there are, when left out').optional(),
    connectionsPerClient: integer(1, 10_000_000, 'connections of one address (default 512)').optional(),
    memory: share('the share of the memory limit beyond which load is shed (default 80%)', 1).optional(),
  })
  .describe('What is too much.')

const timeouts = z
  .strictObject({
    head: duration('for the head of a request (default 10s)').optional(),
    body: duration('for at least 1 KiB of the request body, or all there is (default 30s)').optional(),
    write: duration('for at least 1 KiB of the response, or all there is (default 30s)').optional(),
    keepAlive: duration('how long an idle connection of a client is kept (default 60s)').optional(),
    preStop: duration('between failing readiness and closing listeners (default 0s)', 0).optional(),
    drain: duration('for requests in flight when stopping (default 30s)', 0).optional(),
  })
  .describe('What takes too long, on the side of the clients.')

/** Section by section; each is read by itself, so that a mistake in one hides nothing in the others. */
export const sections = {
  version: plain(
    z
      .literal(1, { error: 'this is version 1 of the configuration language: `version: 1`' })
      .describe('text: the version of the configuration language'),
  ),
  include: z.array(file('a path or glob, relative to this file')).describe('Further files; their maps of named things are united.'),
  state: file('the folder that the gateway writes to (default .tidegate beside the first file)'),
  listeners,
  client,
  workers: plain(
    z
      .union([integer(1, 256, 'how many'), z.enum(['auto'])], { error: 'must be `auto` or a whole number from 1 to 256' })
      .describe('text: worker threads; `auto` (default) for as many as there are cores'),
  ),
  limits,
  timeouts,
  services,
  policySets: named(policyList('A set of policies.'), 'Lists of policies by name, for `set: NAME`.'),
  defaults: z
    .strictObject({
      policies: policyList('What every route inherits.').optional(),
      service: serviceDefaults.optional(),
    })
    .describe('What routes and services get that do not say otherwise.'),
  unmatched: z.strictObject({ policies: policyList('Policies of requests that no route takes.') }).describe('Requests that match nothing.'),
  routes,
  plugins: named(file('the module of a plugin, .ts or .js, whose default export it is'), 'Policies of your own, by name.'),
  telemetry,
  admin,
  probes,
}

export type Section = keyof typeof sections

export const LATER_SECTIONS: Readonly<Record<string, string>> = {
  secrets: 'signed cookies and stored records come in a later release',
  stores: 'shared stores come in a later release',
  registries: 'service discovery comes in a later release',
  authenticators: 'authentication comes in a later release',
  consumers: 'authentication comes in a later release',
  consumerSources: 'authentication comes in a later release',
  frontends: 'frontends come in a later release',
  // Not sections of any version, and where a newcomer looks for them first.
  jwt: 'authentication comes in a later release, as `authenticators`',
  auth: 'authentication comes in a later release, as `authenticators`',
  cache: 'caching comes in a later release, as a policy',
  compression: 'compression comes in a later release, as the policy `compress`',
  health: 'health checks come in a later release, as `healthCheck` of a service, and as the port `probes` for this gateway’s own',
  tls: 'TLS comes in a later release, as `tls` of a listener and of a service; until then put a TLS terminator in front',
}

/** The schema as one piece: what the JSON Schema is made from, and where later sections are marked. */
export const gateway = later(
  z.strictObject({
    version: sections.version.optional(),
    include: sections.include.optional(),
    state: sections.state.optional(),
    listeners: sections.listeners.optional(),
    client: sections.client.optional(),
    workers: sections.workers.optional(),
    limits: sections.limits.optional(),
    timeouts: sections.timeouts.optional(),
    services: sections.services.optional(),
    policySets: sections.policySets.optional(),
    defaults: sections.defaults.optional(),
    unmatched: sections.unmatched.optional(),
    routes: sections.routes.optional(),
    plugins: sections.plugins.optional(),
    telemetry: sections.telemetry.optional(),
    admin: sections.admin.optional(),
    probes: sections.probes.optional(),
  }),
  LATER_SECTIONS,
)

/** A configuration as a program writes it: the same keys and texts as in a file. */
export type GatewayConfig = Frozen<z.input<typeof gateway>>

/** A program may hand over what it froze. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

/** Sections that are maps of named things: several files may each bring some. */
export const UNITED: ReadonlySet<string> = new Set([
  'listeners',
  'services',
  'policySets',
  'routes',
  'stores',
  'registries',
  'authenticators',
  'consumers',
  'plugins',
  'frontends',
])
