// Compresses answers for clients that accept it.
import { definePolicy } from '../../pipeline/policy.ts'
import { createCompress } from './create.ts'
import { schema } from './schema.ts'

export const compress = definePolicy({
  name: 'compress',
  schema,
  // Whoever reads or changes a body has to see it before it is compressed.
  order: { above: ['cache', 'transform', 'validate'] },
  create: createCompress,
})
