// Options of the policy `csrf`.
import { z } from 'zod'
import { originProblem } from '../../http/origin.ts'

const origin = z.string().superRefine((text, context) => {
  const problem = originProblem(text)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
})

export const schema = z.strictObject({
  origins: z
    .array(origin)
    .default([])
    .describe('text: other origins whose pages may change things here, exactly as browsers write them; the own one always may'),
})

export type CsrfOptions = z.infer<typeof schema>
