import { definePolicy } from 'tidegate/plugin'
import { z } from 'zod'

export default definePolicy({ name: 'header', schema: z.strictObject({}), create: () => ({}) })
