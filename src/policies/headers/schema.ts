// Options of the policy `headers`: which fields are removed, set and appended, on the way in and on the way out.
import { z } from 'zod'
import { isFieldValue } from '../../http/fields.ts'
import { headerNameProblem, type HeaderSide } from '../../http/owned-fields.ts'
import { headerName } from '../../pipeline/header-name.ts'

/** Far above any field that an operator writes by hand, far below what services take for a whole head. */
const MAX_VALUE = 4_096

const value = z
  .string()
  .max(MAX_VALUE)
  .refine(
    (text) => isFieldValue(text) && !/^[ \t]|[ \t]$/.test(text),
    'is not a field value: one line of latin1 text without space around it',
  )
  .describe('template: value of the field')

/** A map of names to values; pairs with lower-case names come out, in the order of the file. */
const values = (side: HeaderSide, about: string) =>
  z
    .record(z.string(), value)
    .superRefine((record, context) => {
      const seen = new Set<string>()
      for (const name of Object.keys(record)) {
        const key = name.toLowerCase()
        const message = headerNameProblem(name, side) ?? (seen.has(key) ? `\`${key}\` stands here twice, in different case` : undefined)
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
        seen.add(key)
      }
    })
    .transform((record) => Object.entries(record).map(([name, text]) => ({ name: name.toLowerCase(), text })))
    .default([])
    .describe(`text: ${about}`)

const edits = (side: HeaderSide) =>
  z
    .strictObject({
      remove: z.array(headerName(side)).default([]).describe('text: fields that are taken away'),
      set: values(side, 'fields that replace those of the same name'),
      append: values(side, 'fields that stand beside those of the same name'),
    })
    // Not a refinement: those also run over parts that were refused, and then see what came in.
    .transform((parsed, context) => {
      const sets = new Set(parsed.set.map(({ name }) => name))
      for (const name of parsed.remove) {
        if (sets.has(name)) context.addIssue({ code: 'custom', path: ['remove'], message: `\`${name}\` is both set and removed` })
      }
      for (const { name } of parsed.append) {
        if (sets.has(name)) context.addIssue({ code: 'custom', path: ['append'], message: `\`${name}\` is both set and appended` })
      }
      return parsed
    })

export const schema = z
  .strictObject({
    request: edits('request').optional().describe('text: changes to what the service gets'),
    response: edits('response').optional().describe('text: changes to what the client gets'),
  })
  .refine(
    ({ request, response }) => request !== undefined || response !== undefined,
    'says neither `request` nor `response`, and so does nothing',
  )

export type Edits = z.infer<ReturnType<typeof edits>>
