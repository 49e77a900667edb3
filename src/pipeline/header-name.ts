// Names of fields in a policy's options: which ones policies may set or remove, checked at load against the one list of `owned-fields.ts`.
import { z } from 'zod'
import { headerNameProblem } from '../http/owned-fields.ts'
import type { HeaderSide } from '../http/owned-fields.ts'

/** A schema for a field name: any case is taken, lower case is produced; malformed and protected names are load errors. */
export function headerName(side: HeaderSide = 'request'): z.ZodType<string, string> {
  return z
    .string()
    .superRefine((name, context) => {
      const message = headerNameProblem(name, side)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .transform((name) => name.toLowerCase())
}
