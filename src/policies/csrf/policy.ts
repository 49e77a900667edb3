// Refuses what a page of another site has a browser do here, in the name of a user who is signed in by cookie.
import { definePolicy } from '../../pipeline/policy.ts'
import { createCsrf } from './create.ts'
import { schema } from './schema.ts'

export const csrf = definePolicy({
  name: 'csrf',
  schema,
  // A script of a listed origin has to be able to read the refusal.
  order: { below: ['cors'] },
  create: createCsrf,
})
