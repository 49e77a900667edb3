import { definePolicy } from 'tidegate/plugin'
import { z } from 'zod'
import { country } from './country.ts'

export default definePolicy({
  name: 'geo',
  schema: z.strictObject({ field: z.string().describe('text: the header that is set') }),
  create: ({ field }) => ({ onResponse: (_, response) => response.headers.set(field, country) }),
})
