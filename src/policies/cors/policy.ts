// Lets scripts of listed origins read answers, and answers their preflights before any other policy.
import { definePolicy } from '../../pipeline/policy.ts'
import { createCors } from './create.ts'
import { schema } from './schema.ts'

export const cors = definePolicy({
  name: 'cors',
  schema,
  // A preflight never carries credentials, and a 401 without these fields is unreadable to the script that must react to it.
  order: { above: ['authenticate'] },
  create: createCors,
})
