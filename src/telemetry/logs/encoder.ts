// What an access-log encoder is, and what one is compiled from. `compile.ts` makes them; each format has a file.
import { FieldName } from '../../http/field-name.ts'
import type { CallView } from '../../observe/call-view.ts'
import type { Outcome } from '../../observe/outcome.ts'

/** The field that every format but one tells. */
export const USER_AGENT = new FieldName('user-agent')

export type AccessLogFormat = 'ecs' | 'json' | 'common' | 'combined' | 'pretty'

/** What an encoder is compiled from; the configuration's access-log plan is one. */
export interface AccessLogOptions {
  readonly format: AccessLogFormat
  readonly redact: {
    /** Lower-case names of fields whose values are masked. Authorization and Cookie are never logged in any format. */
    readonly headers: readonly string[]
    /** Names of query parameters whose values are masked, beside the token-like ones that always are. */
    readonly query: readonly string[]
  }
  /** `service.name` of ECS lines. */
  readonly service: string
  /** `pretty` alone: colours, for a terminal. */
  readonly colour?: boolean
  /** `pretty` alone: what helps whoever looks at a failure, '' for nothing. Kept to the log, never in an answer. */
  readonly hint?: (call: CallView, outcome: Outcome) => string
}

/**
 * One exchange as one line, its newline included. `wallTime` is when it ended, milliseconds since 1970. The line is a concatenation that may
 * still lean on the request's head: whoever keeps it copies it (`LogBatch` does, when it turns its lines into bytes).
 */
export type Encoder = (call: CallView, outcome: Outcome, wallTime: number) => string

/** Writes one exchange's line into `bytes` from `at` and returns its end, or -1: no room, or a value that needs an `Encoder`. */
export type ByteEncoder = (bytes: Buffer, at: number, call: CallView, outcome: Outcome, wallTime: number) => number
