// What a policy is: a value with a schema and a `create` that runs once a route at load and returns hooks. Importing one has no effect.
import type { ZodType } from 'zod'
import type { CallView, Slot } from '../observe/call-view.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { Body, Call, CallResponse } from './call.ts'
import type { Verdict } from './verdict.ts'

/** A whole body of at most `max` bytes; more is 413 (request) or 502 (response), never skipped. */
export interface BodyNeed {
  readonly max: number
  readonly as: 'json' | 'bytes'
}

/** A streaming change of the response body; backpressure is the exchange's job. */
export interface Transformer {
  /** Takes a chunk, which is its own to keep, and returns what can go out now. */
  write(chunk: Buffer): Buffer | undefined | Promise<Buffer | undefined>
  /** Hands out what is held so that a stream keeps moving (server-sent events). */
  flush?(): Buffer | undefined | Promise<Buffer | undefined>
  end(): Buffer | undefined | Promise<Buffer | undefined>
  /** The exchange ended early: release everything. */
  destroy?(): void
}

/** All optional; an absent hook costs nothing at run time. Synchronous where it can be. */
export interface Hooks {
  readonly needs?: { readonly requestBody?: BodyNeed; readonly responseBody?: BodyNeed }
  readonly onRequest?: (call: Call) => Verdict | Promise<Verdict>
  /** The whole body, once `onRequest` has proceeded. */
  readonly onRequestBody?: (call: Call, body: Body) => Verdict | Promise<Verdict>
  readonly onResponse?: (call: Call, response: CallResponse) => void | Promise<void>
  readonly responseStream?: (call: Call, response: CallResponse) => Transformer | undefined
  readonly onResponseBody?: (call: Call, body: Body) => Body | Promise<Body>
  /** Answers a CORS preflight before any other policy; only `cors` has it. */
  readonly onPreflight?: (call: Call) => Verdict
  readonly onEnd?: (call: CallView, outcome: Outcome) => void
}

/** Where a kind may stand in a list. Names are kinds of policies; unknown ones are ignored (their capability may not be installed). */
export interface OrderRule {
  /** Must stand below (after) each of these where they occur in the list. */
  readonly below?: readonly string[]
  /** Must stand above (before) each of these where they occur in the list. */
  readonly above?: readonly string[]
}

/** What `create` gets beside its options. */
export interface PolicyEnv {
  /**
   * Name of the route that this instance is for. Read it in `create` only: routes with equal lists share one instance unless a policy
   * of the list read `route` or `params` there. Hooks have `call.routeName`.
   */
  readonly route: string
  /** Names of the path parameters that every alternative of the route binds. Read it in `create` only. */
  readonly params: readonly string[]
  /** Reserves a typed per-call slot; in `create` only. */
  slot<T>(): Slot<T>
  /** Monotonic milliseconds. */
  now(): number
}

export interface Policy<Options = unknown> {
  /** Which kind of plugin it is. */
  readonly plugin: 'policy'
  readonly name: string
  readonly schema: ZodType<Options>
  readonly order: OrderRule
  /** Restating this kind adds to the inherited one instead of replacing it. */
  readonly adds: boolean
  /** May stand bare, without options. */
  readonly bare: boolean
  /** Taking it away changes who may do what (`authenticate`, `authorize`): only `public: true` may. */
  readonly security: boolean
  create(options: Options, env: PolicyEnv): Hooks
}

/** A policy whose name and schema are known to the compiler, so that a configuration in TypeScript can be checked against them. */
export interface DefinedPolicy<Name extends string, Schema extends ZodType> extends Policy<Schema['_zod']['output']> {
  readonly name: Name
  readonly schema: Schema
}

/** Declares a policy. `schema` must be strict: an unknown key is a load error. */
export function definePolicy<const Name extends string, Schema extends ZodType>(definition: {
  name: Name
  schema: Schema
  order?: OrderRule
  adds?: boolean
  security?: boolean
  create: (options: Schema['_zod']['output'], env: PolicyEnv) => Hooks
}): DefinedPolicy<Name, Schema> {
  return {
    plugin: 'policy',
    name: definition.name,
    schema: definition.schema,
    order: definition.order ?? {},
    adds: definition.adds ?? false,
    bare: definition.schema.safeParse({}).success,
    security: definition.security ?? false,
    create: definition.create,
  }
}
