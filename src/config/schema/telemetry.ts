// What the gateway tells about its work: access logs.
import { z } from 'zod'
import { file, text } from './fields.ts'
import { later, laterValue, plain } from './marks.ts'

const LATER_SINK_TYPES = ['elasticsearch', 'logstash', 'splunk', 'otlp', 'syslog']

/** What no sink of a plugin can be called. */
export const SINK_NAMES: ReadonlySet<string> = new Set(['stdout', 'file', ...LATER_SINK_TYPES])

const LATER_SINKS = Object.fromEntries(
  LATER_SINK_TYPES.map((type) => [type, 'shipping logs comes in a later release; write to `stdout` or a file']),
)

/** Sinks of the gateway's own. */
export const sink = z
  .union([
    laterValue(plain(z.enum(['stdout']).describe('text: standard output')), LATER_SINKS),
    z
      .strictObject({
        type: laterValue(plain(z.enum(['stdout', 'file']).describe('text: where lines go')), LATER_SINKS),
        path: file('the file, for type `file`; a relative one lies under `state`').optional(),
      })
      .describe('A sink.'),
  ])
  .describe('Where lines go: `stdout`, or a map.')

/** A sink of the gateway's own, or (`load/sink-item.ts` reads it) one of a plugin. */
export type SinkItem = z.output<typeof sink> | { readonly plugin: string; readonly options: unknown }

/** Its reading is `load/sink-item.ts`'s; to zod the result is opaque. */
export const sinkItem: z.ZodType<SinkItem | undefined, string | Readonly<Record<string, unknown>>> = z.any()

const logs = z
  .strictObject({
    format: laterValue(plain(z.enum(['ecs', 'json', 'common', 'combined', 'pretty']).describe('text: how a line looks (default json)')), {
      otel: 'the OpenTelemetry format comes in a later release',
    }).optional(),
    sinks: z.array(sinkItem).describe('Where lines go (default [stdout]); [] for none.').optional(),
    redact: z
      .strictObject({
        headers: z
          .array(plain(text('a header')))
          .describe('Headers whose values never show.')
          .optional(),
        query: z
          .array(plain(text('a query parameter')))
          .describe('Query parameters whose values never show.')
          .optional(),
      })
      .describe('What is blacked out; Authorization and Cookie are never logged.')
      .optional(),
  })
  .describe('The access log.')

export const telemetry = later(
  z
    .strictObject({
      service: plain(text('the name of this gateway in logs (default tidegate)')).optional(),
      logs: logs.optional(),
    })
    .describe('What the gateway tells about its work.'),
  { metrics: 'metrics come in a later release', traces: 'traces come in a later release' },
)
