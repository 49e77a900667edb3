// The plan: a whole configuration as plain data, every default filled in, every name resolved, every unit read. It is what crosses
// from the loader thread to main and from main to each worker (structured clone), and what `diff` compares. No functions, no secrets' origins.
import type { Module } from '../plugins/code.ts'
import type { PluginKind } from '../plugins/plugin.ts'

/** Durations are milliseconds, sizes bytes, shares 0–1. */
export interface Plan {
  /** Counted up by main at each load that succeeded. */
  version: number
  /** Hex digest of the effective configuration. */
  hash: string
  /** Every file that was read, absolute, with links resolved: what `--watch` watches. */
  files: readonly string[]
  workers: number | 'auto'
  state: string
  listeners: readonly ListenerPlan[]
  client: ClientPlan
  limits: LimitsPlan
  timeouts: TimeoutsPlan
  services: readonly ServicePlan[]
  routes: readonly RoutePlan[]
  /** Policies of requests that match nothing (404, 405). */
  unmatched: readonly PolicyPlan[]
  accessLog: AccessLogPlan
  admin: AdminPlan
  /** undefined: no port for probes. */
  probes: ProbesPlan | undefined
  plugins: readonly PluginPlan[]
  /** Every module that `plugins` names a value of, each path once. */
  modules: readonly Module[]
  /** What was understood but is worth a word: unresolved names, `key: ip` behind an untrusted proxy. */
  warnings: readonly Finding[]
}

/** One message about a configuration, wherever it shows: `file:line:col path message`. */
export interface Finding {
  readonly file: string
  /** From 1; 0 when the whole file is meant. */
  readonly line: number
  readonly column: number
  /** `routes.product.match`; '' for the whole. */
  readonly path: string
  readonly message: string
  readonly severity: 'error' | 'warning'
}

export interface ListenerPlan {
  name: string
  /** '' means all addresses, IPv4 and IPv6. */
  address: string
  port: number
  protocols: readonly ('http1' | 'h2c')[]
}

export interface ClientPlan {
  from: 'connection' | 'x-forwarded-for' | 'forwarded'
  /** CIDR blocks. */
  trusted: readonly string[]
}

export interface LimitsPlan {
  head: number
  headers: number
  target: number
  /** undefined: no limit for what is only passed on. */
  body: number | undefined
  pipelined: number
  /** undefined: bounded by the descriptors there are. */
  connections: number | undefined
  connectionsPerClient: number
  /** Share of the memory limit, 0–1. */
  memory: number
}

export interface TimeoutsPlan {
  head: number
  body: number
  write: number
  keepAlive: number
  preStop: number
  drain: number
}

export interface EndpointPlan {
  /** Canonical URL without path: `http://127.0.0.1:7101`. */
  url: string
  scheme: 'http' | 'https'
  /** A name or an address, without brackets. */
  host: string
  port: number
  /** Put before the request's path; '' for none, else starts with `/` and does not end in one. */
  basePath: string
  weight: number
}

export interface ServicePlan {
  name: string
  endpoints: readonly EndpointPlan[]
  /** preserve the client's authority, name the endpoint, or a name as given. */
  host: 'preserve' | 'endpoint' | { name: string }
  /** `deadline` 0: none. */
  timeouts: { connect: number; response: number; deadline: number; stream: number }
  /** `depth` 1: off. `echo`: the field by which each pipelined answer is verified. */
  connections: { perEndpoint: number; idle: number; pipelining: { depth: number; echo: string | undefined } }
  concurrency: { max: number; pending: number }
  retries: { max: number; connect: boolean; reset: boolean }
}

export interface MatchPlan {
  /** undefined: every method of the allow-list. A GET also answers HEAD. */
  method: string | undefined
  /** The template as written: `/products/{id}`. */
  path: string
  /** Lower-case; `*.shop.example` for a wildcard; empty for any. */
  hosts: readonly string[]
  /** Name (lower-case) and exact value; '*' means present. */
  headers: readonly { name: string; value: string }[]
  query: readonly { name: string; value: string }[]
  /** A function of a configuration in TypeScript. */
  when?: CodePlan
}

export interface RoutePlan {
  name: string
  match: readonly MatchPlan[]
  /** Names of routes that this one wins over at equal rank. */
  over: readonly string[]
  /** A template; undefined leaves the path alone. */
  rewrite: string | undefined
  policies: readonly PolicyPlan[]
  handler: HandlerPlan
  limits: { body: number | undefined }
  /** Only what the route itself says; the rest is the listener's and the service's. */
  timeouts: { body?: number; write?: number; connect?: number; response?: number; deadline?: number; stream?: number }
  path: { encoded: readonly ('slash' | 'backslash' | 'semicolon' | 'question' | 'hash')[]; emptySegments: 'merge' | 'keep' }
  trailers: boolean
  /** What the route says of tunnels; undefined: they pass, and live as long as the service's `stream` timeout lets them. */
  websocket: WebSocketPlan | undefined
}

/** 0: no bound of its own. */
export interface WebSocketPlan {
  /** Exact origins, lower-case, as browsers write them; empty: any. */
  origins: readonly string[]
  idle: number
  lifetime: number
}

export type HandlerPlan =
  | { kind: 'forward'; split: readonly { service: string; weight: number }[]; mirror: { service: string; sample: number } | undefined }
  | { kind: 'reply'; status: number; fields: readonly string[]; /** A template unless `json`. */ body: string | undefined; json: boolean }
  | { kind: 'redirect'; to: string; status: number }

export interface PolicyPlan {
  kind: string
  /** As the policy's schema produced it: plain data. */
  options: unknown
  /** Where it came from: `defaults`, `policySets.edge`, `routes.product`. */
  origin: string
}

/** A sink that a plugin brings. It carries its module, so that edited code is another sink. */
export interface PluginSinkPlan {
  type: 'plugin'
  /** As `plugins` names it. */
  name: string
  module: Module
  /** From the module's exports to the value. */
  path: readonly string[]
  /** As the sink's schema produced them: plain data. */
  options: unknown
}

export interface AccessLogPlan {
  format: 'ecs' | 'json' | 'common' | 'combined' | 'pretty'
  sinks: readonly ({ type: 'stdout' } | { type: 'file'; path: string } | PluginSinkPlan)[]
  redact: { headers: readonly string[]; query: readonly string[] }
  /** `service.name` of ECS lines. */
  service: string
  /** `pretty` lines in colour: set by a command line whose output is a terminal, by no configuration. */
  colour?: boolean
}

/** Where the admin API listens, and who may call it. */
export interface AdminPlan {
  address: string
  port: number
  /** The absolute path of a socket, in place of address and port. */
  socket: string | undefined
  /** `hash`: SHA-256 of the token, hex. Empty: a random token is kept under `state`. */
  tokens: readonly { name: string; hash: string; role: AdminRole }[]
  /** The configuration says where: an address that cannot be bound is then an error, and otherwise a warning. */
  stated: boolean
}

/** viewer reads, operator acts, issuer also hands out credentials. */
export type AdminRole = 'viewer' | 'operator' | 'issuer'

export interface ProbesPlan {
  address: string
  port: number
  metrics: boolean
}

/** Code of the operator's own. Workers import the same module; what it exports stays there. */
export interface PluginPlan {
  /** As the configuration names it. */
  name: string
  kind: PluginKind
  code: CodePlan
}

/** A value of a module: what crosses between threads in its place. */
export interface CodePlan {
  /** The path of one of the plan's modules. */
  module: string
  /** From the module's exports to the value: `['default']`. */
  path: readonly string[]
}
