import { defineSink } from 'tidegate/plugin'
import { z } from 'zod'

export default defineSink({ name: 'bare', schema: z.strictObject({}), create: () => ({ write: () => undefined }) })
