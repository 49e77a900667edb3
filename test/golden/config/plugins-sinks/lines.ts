import { defineSink } from 'tidegate/plugin'
import { z } from 'zod'

export default defineSink({
  name: 'lines',
  schema: z.strictObject({ into: z.string().describe('text: the file') }),
  create: () => ({ write: () => undefined }),
})
