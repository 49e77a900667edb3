// What an authenticator is: a value with a schema and a `create` that returns how a credential is found in a request and what it proves.
// Importing one has no effect.
import type { ZodType } from 'zod'
import type { CallView } from '../observe/call-view.ts'

/** A value of a claim or an attribute: plain data that expressions can compare. */
export type Attribute = string | number | boolean | null | readonly string[]

/** Who a credential stands for. With the authenticator's name it is a principal: ids of two authenticators are never the same caller. */
export interface Identity {
  readonly id: string
  /** Who vouches for the id; the authenticator's name where there is nobody else. */
  readonly issuer?: string
  readonly roles?: readonly string[]
  readonly scopes?: readonly string[]
  readonly tier?: string
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** When it ends, in milliseconds since 1970; left out: with the request. */
  readonly expires?: number
}

/** What a credential proves. `reason` is for the log, one word (`expired`, `signature`); the client learns 401 and nothing else. */
export type Proof = { readonly identity: Identity } | { readonly refused: string }

/** What `create` returns. */
export interface AuthenticatorHooks {
  /** Where its credentials stand. All of it is taken away from what a service sees, whoever decided. Header names are lower-case. */
  readonly reads: { readonly headers?: readonly string[]; readonly query?: readonly string[]; readonly cookies?: readonly string[] }
  /** The credential of its own kind in this request; undefined when there is none, and the next authenticator of the list is asked. */
  find(call: CallView): string | undefined
  /** Judges what `find` found. A throw or a rejection is that request's 500, never a way in. */
  prove(credential: string, call: CallView): Proof | Promise<Proof>
}

export interface Authenticator<Options = unknown> {
  /** Which kind of plugin it is. */
  readonly plugin: 'authenticator'
  readonly name: string
  readonly schema: ZodType<Options>
  create(options: Options): AuthenticatorHooks
}

/** Declares an authenticator. `schema` must be strict: an unknown key is a load error. */
export function defineAuthenticator<Schema extends ZodType>(definition: {
  name: string
  schema: Schema
  create: (options: Schema['_zod']['output']) => AuthenticatorHooks
}): Authenticator<Schema['_zod']['output']> {
  const { name, schema, create } = definition
  return { plugin: 'authenticator', name, schema, create }
}
