// Options of the policy `cors`. What would open every origin to credentials is refused here, at load (A86).
import { z } from 'zod'
import { formatDuration, parseDuration } from '../../base/duration.ts'
import { isFieldName } from '../../http/fields.ts'
import { METHODS } from '../../http/method.ts'
import { originProblem } from '../../http/origin.ts'

/** Ten minutes, so that a changed list does not linger; browsers keep the answer to a preflight for at most two hours (Chromium). */
const DEFAULT_MAX_AGE = 600_000
const MAX_MAX_AGE = 86_400_000

const fieldName = z
  .string()
  .transform((name) => name.toLowerCase())
  .refine(isFieldName, { error: (issue) => `\`${String(issue.input)}\` is not a field name` })

/** Whole seconds, because that is what the field can say. */
const maxAge = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== undefined && ms <= MAX_MAX_AGE && ms % 1_000 === 0) return ms
  // A bare number is what the field on the wire holds, so it is the usual slip.
  const problem = /^[0-9]+$/.test(text)
    ? `has no unit; write a duration as a number with its unit (s, m, h or d), for example \`${text}s\``
    : `is not a duration of whole seconds up to ${formatDuration(MAX_MAX_AGE)}`
  context.addIssue({ code: 'custom', message: `\`${text}\` ${problem}` })
  return z.NEVER
})

const origin = z.string().superRefine((text, context) => {
  const problem = text === '*' ? undefined : originProblem(text)
  if (problem === undefined) return
  const remedy = text.includes('*') ? ' (`*` alone stands for all, without credentials)' : ''
  context.addIssue({ code: 'custom', message: problem + remedy })
})

export const schema = z
  .strictObject({
    origins: z.array(origin).min(1).describe('text: origins that may read answers, exactly as browsers write them; `*` alone for all'),
    methods: z.array(z.enum(METHODS)).min(1).optional().describe('text: left out: every method that the route answers'),
    headers: z.array(fieldName).optional().describe('text: request fields that scripts may set; left out: those that the browser asks for'),
    expose: z.array(fieldName).default([]).describe('text: response fields that scripts may read beside the safelisted ones'),
    maxAge: maxAge.default(DEFAULT_MAX_AGE).describe('text: how long browsers may keep the answer to a preflight'),
    credentials: z.boolean().default(false).describe('text: lets scripts send cookies and read answers to requests that carried them'),
  })
  .superRefine(({ origins, credentials }, context) => {
    if (!origins.includes('*')) return
    if (origins.length > 1)
      context.addIssue({ code: 'custom', path: ['origins'], message: '`*` stands for every origin, so it stands alone' })
    if (credentials) {
      const message = '`*` with `credentials: true` would let every site read what a signed-in user sees: list the origins'
      context.addIssue({ code: 'custom', path: ['origins'], message })
    }
  })

export type CorsOptions = z.infer<typeof schema>
