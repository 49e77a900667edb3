// What a log sink of one's own is: a value with a schema and a `create` that returns what takes lines. Importing one has no effect.
import type { ZodType } from 'zod'

/** What `create` returns. */
export interface SinkHooks {
  /**
   * Takes lines of the access log, without their newlines, in order; the next ones come when this has returned or its promise is settled.
   * What it throws or rejects with has the same lines come again, later: a line may come twice, and none is lost without being counted.
   */
  write(lines: readonly string[]): void | Promise<void>
  /** Before the thread ends: what is held is handed on, within a second. */
  end?(): void | Promise<void>
}

export interface Sink<Options = unknown> {
  /** Which kind of plugin it is. */
  readonly plugin: 'sink'
  readonly name: string
  readonly schema: ZodType<Options>
  /** May stand without options. */
  readonly bare: boolean
  create(options: Options): SinkHooks | Promise<SinkHooks>
}

/** Declares a sink. `schema` must be strict: an unknown key is a load error. `type` is not an option: it names the sink. */
export function defineSink<Schema extends ZodType>(definition: {
  name: string
  schema: Schema
  create: (options: Schema['_zod']['output']) => SinkHooks | Promise<SinkHooks>
}): Sink<Schema['_zod']['output']> {
  const { name, schema, create } = definition
  return { plugin: 'sink', name, schema, bare: schema.safeParse({}).success, create }
}
