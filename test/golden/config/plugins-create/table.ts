import { definePolicy } from 'tidegate/plugin'
import { z } from 'zod'

export default definePolicy({
  name: 'table',
  schema: z.strictObject({}),
  create: () => {
    throw new Error('the table is missing')
  },
})
