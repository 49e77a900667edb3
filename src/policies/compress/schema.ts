// Options of the policy `compress`.
import { z } from 'zod'
import { formatBytes, parseBytes } from '../../base/bytes.ts'

/** Below it the smaller body is not worth its head: two packets or one are the same to a client. */
const DEFAULT_MIN = 1_024
const MAX_MIN = 1_048_576

/** What shrinks: text, and formats that are text. Images, fonts for the web, video and archives are compressed already. */
const DEFAULT_TYPES = [
  'text/*',
  '*+json',
  '*+xml',
  'application/json',
  'application/x-ndjson',
  'application/javascript',
  'application/xml',
  'application/yaml',
  'application/wasm',
  'font/ttf',
  'font/otf',
]

const minSize = z.string().transform((text, context) => {
  const bytes = parseBytes(text)
  if (bytes !== undefined && bytes <= MAX_MIN) return bytes
  const problem = /^[0-9]+$/.test(text)
    ? `has no unit; write a size as a number with its unit (B, KiB or MiB), for example \`${text}B\``
    : `is not a size up to ${formatBytes(MAX_MIN)}, for example \`1KiB\``
  context.addIssue({ code: 'custom', message: `\`${text}\` ${problem}` })
  return z.NEVER
})

const TYPE = /^(?:[a-z0-9][a-z0-9!#$&^_.+-]*\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]*)|\*\+[a-z0-9][a-z0-9.-]*)$/

const type = z.string().superRefine((text, context) => {
  if (TYPE.test(text)) return
  const lower = text.toLowerCase().replace(/[ \t]*;.*$/, '')
  const remedy = lower !== text && TYPE.test(lower) ? `; write \`${lower}\`` : ': `text/html`, `text/*` or `*+json`, in lower case'
  context.addIssue({ code: 'custom', message: `\`${text}\` is not a media type or a group of them${remedy}` })
})

export const schema = z.strictObject({
  algorithms: z
    .array(z.enum(['zstd', 'br', 'gzip']))
    .min(1, 'names at least one')
    .refine((names) => new Set(names).size === names.length, 'names one twice')
    .default(['zstd', 'br', 'gzip'])
    .describe('text: codings that are used; of those that a client likes equally the first'),
  minSize: minSize.default(DEFAULT_MIN).describe('text: bodies below it stay as they are'),
  types: z
    .array(type)
    .min(1, 'names at least one')
    .default(DEFAULT_TYPES)
    .describe('text: media types that are compressed: `text/html`, all `text/*`, all that end in `*+json`'),
  level: z
    .enum(['fast', 'balanced', 'small'])
    .default('balanced')
    .describe('text: what a smaller body may cost: time of the processor, or bytes'),
})

export type CompressOptions = z.infer<typeof schema>
