// One thing that the admin API can do. The same table routes requests and writes the OpenAPI document, so that neither knows more.
import type { IncomingHttpHeaders } from 'node:http'
import type { AdminRole } from '../config/plan.ts'
import type { Answer } from './answer.ts'

/**
 * Who may: `probe`: everybody who reaches the port; `local`: everybody on loopback, elsewhere a viewer; a role: whoever has a token of that
 * role or of one above it.
 */
export type Access = 'probe' | 'local' | AdminRole

/** JSON Schema, 2020-12. */
export type Schema = Readonly<Record<string, unknown>>

export interface Described {
  readonly description: string
  readonly type: string
  readonly schema: Schema
}

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'header'
  readonly description: string
  readonly schema: Schema
}

export interface Call {
  readonly query: URLSearchParams
  readonly fields: IncomingHttpHeaders
  /** The JSON that came; undefined for none. */
  readonly body: unknown
  /** The token's name, or `anonymous`. */
  readonly who: string
}

export interface Operation {
  /** Its name in the document and in the log. */
  readonly id: string
  /** A GET also answers HEAD. */
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly access: Access
  readonly parameters: readonly Parameter[]
  /** A body that it reads; undefined: it takes none. */
  readonly body?: Schema
  /** By status; what every operation may answer beside (401, 403, …) is added by the document. */
  readonly answers: Readonly<Record<number, Described>>
  handle(call: Call): Answer | Promise<Answer>
}
